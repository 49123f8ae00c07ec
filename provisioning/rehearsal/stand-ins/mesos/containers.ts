import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import type { TaskOrder, TaskReport } from './messages.ts'

const LABEL = 'mesos-task'
const PORTS = 'mesos-ports'
/** A first pull may take this long; `--executor_registration_timeout` of Mesos. */
const PULL_MS = 10 * 60_000

export interface ContainersOptions {
  readonly docker: string
  readonly socket: string
  /** Holds the login for registries; undefined: what the daemon's own DOCKER_CONFIG names. */
  readonly dockerConfig: string | undefined
  readonly folder: string
}

/** The containers of one agent, run by the machine's Docker engine. */
export interface Containers {
  launch(order: TaskOrder): Promise<void>
  stop(taskId: string, graceMs: number): Promise<void>
  /** Removes what has ended. */
  remove(taskId: string): Promise<void>
  list(): Promise<readonly TaskReport[]>
}

/** What the engine says of a container; only the used fields. */
interface Summary {
  readonly State: string
  readonly Status: string
  readonly Labels: Readonly<Record<string, string>>
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>
  }
}

const nameOf = (taskId: string) => `mesos-${taskId.replaceAll(/[^\w.-]/g, '_')}`

export function createContainers(options: ContainersOptions): Containers {
  const login = loginWords(options)
  const docker = (words: readonly string[], timeoutMs: number) =>
    run(options.docker, [...login, ...words], timeoutMs)
  return {
    async launch(order) {
      if (order.forcePull) await docker(['pull', '--quiet', order.image], PULL_MS)
      const env = join(options.folder, `${nameOf(order.taskId)}.env`)
      const lines = Object.entries(order.env).map(([name, value]) => `${name}=${value}\n`)
      writeFileSync(env, lines.join(''), { mode: 0o600 })
      try {
        await docker(runWords(order, env), PULL_MS)
      } finally {
        rmSync(env, { force: true })
      }
    },
    async stop(taskId, graceMs) {
      await docker(
        ['stop', '--time', String(Math.ceil(graceMs / 1000)), nameOf(taskId)],
        graceMs + 30_000
      )
    },
    async remove(taskId) {
      await docker(['rm', '--force', '--volumes', nameOf(taskId)], 60_000)
    },
    list: async () => (await summaries(options.socket)).map(reportOf)
  }
}

function loginWords({ folder, dockerConfig }: ContainersOptions): readonly string[] {
  if (dockerConfig === undefined) return []
  const config = join(folder, 'docker')
  mkdirSync(config, { recursive: true, mode: 0o700 })
  writeFileSync(join(config, 'config.json'), dockerConfig, { mode: 0o600 })
  return ['--config', config]
}

function runWords(order: TaskOrder, envFile: string): string[] {
  const ports = order.ports.map(({ host }) => host).join(',')
  const publish = order.ports.map(({ host, container }) => `--publish=${host}:${container || host}`)
  return [
    'run',
    '--detach',
    `--name=${nameOf(order.taskId)}`,
    `--label=${LABEL}=${order.taskId}`,
    `--label=${PORTS}=${ports}`,
    `--env-file=${envFile}`,
    ...(order.network === 'host' ? ['--network=host'] : publish),
    ...order.options,
    order.image,
    ...order.command
  ]
}

function reportOf({ State, Status, Labels, NetworkSettings }: Summary): TaskReport {
  const ports = (Labels[PORTS] ?? '').split(',').filter((port) => port !== '')
  const [ip] = Object.values(NetworkSettings.Networks).map((network) => network.IPAddress)
  const states: Readonly<Record<string, TaskReport['state']>> = {
    created: 'STAGING',
    running: 'RUNNING'
  }
  const state = states[State] ?? 'ENDED'
  return {
    taskId: Labels[LABEL] ?? '',
    state,
    ...(ip ? { ip } : {}),
    hostPorts: ports.map(Number),
    ...(state === 'ENDED'
      ? { exitStatus: Number(/\((\d+)\)/.exec(Status)?.[1] ?? 1), message: Status }
      : {})
  }
}

function run(program: string, words: readonly string[], timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: timeoutMs }, (error, _stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split('\n')[0] || error.message))
      else resolve()
    })
  })
}

function summaries(socketPath: string): Promise<readonly Summary[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: [LABEL] }))
  return new Promise((resolve, reject) => {
    const question = request(
      { socketPath, path: `/containers/json?all=1&filters=${filters}`, timeout: 10_000 },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        answer.on('error', reject)
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve(JSON.parse(text) as Summary[])
          else reject(new Error(`Docker answered ${answer.statusCode}`))
        })
      }
    )
    question.on('timeout', () => question.destroy(new Error('Docker is too slow')))
    question.on('error', reject)
    question.end()
  })
}
