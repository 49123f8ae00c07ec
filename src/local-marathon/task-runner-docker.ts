import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { networkMode, wantedPorts } from './definition.ts'
import type { LoopbackAddresses } from './loopback-addresses.ts'
import { taskEnv } from './task-env.ts'
import type {
  LaunchSpec,
  Placement,
  RunCallbacks,
  RunningTask,
  TaskEnd,
  TaskRunner
} from './task-runner.ts'

/** Pulling an image may take this long. */
const RUN_TIMEOUT_MS = 10 * 60_000
/** Every container carries it, with the instance id as value. */
const LABEL = 'local-marathon'

/** Runs containers through the `docker` program, with ports published on the task's address. */
export function createDockerRunner(addresses: LoopbackAddresses): TaskRunner {
  return {
    place: ({ definition }) => addresses.place(wantedPorts(definition)),
    start: (spec, placement, on) => runContainer(spec, placement, on)
  }
}

/** The arguments of `docker run`; `cmd` runs by a shell inside, as Marathon does. */
export function dockerArguments(spec: LaunchSpec, placement: Placement): string[] {
  const { definition } = spec
  const docker = definition.container?.docker
  const host = networkMode(definition) === 'host'
  const publish = wantedPorts(definition).flatMap(({ containerPort }, index) => {
    const port = placement.ports[index]
    return ['--publish', `${placement.host}:${port}:${containerPort || port}`]
  })
  const env = Object.entries(taskEnv(spec, placement)).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`
  ])
  const command =
    definition.cmd === undefined ? (definition.args ?? []) : ['/bin/sh', '-c', definition.cmd]
  return [
    'run',
    '--detach',
    '--label',
    `${LABEL}=${spec.instanceId}`,
    ...(host ? ['--network', 'host'] : publish),
    ...env,
    docker?.image ?? '',
    ...command
  ]
}

function docker(args: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error) reject(new Error(reasonIn(stderr) ?? error.message))
      else resolve(stdout.trim())
    })
  })
}

/** The line of Docker's complaint that says why; advice about its options follows after it. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.trim().split('\n')
  return lines.find((line) => /^docker: |error/i.test(line)) ?? (lines.at(-1) || undefined)
}

function runContainer(spec: LaunchSpec, placement: Placement, on: RunCallbacks): RunningTask {
  const state: { id?: string; killed: boolean; graceMs: number } = { killed: false, graceMs: 0 }
  const stop = (id: string) => {
    const seconds = String(Math.ceil(state.graceMs / 1000))
    // A container that has just ended by itself cannot be stopped; the wait reports its end.
    docker(['stop', '--time', seconds, id], state.graceMs + 30_000).catch(() => undefined)
  }
  const follow = async () => {
    const id = await docker(dockerArguments(spec, placement), RUN_TIMEOUT_MS)
    state.id = id
    if (state.killed) stop(id)
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}'
    const inspected = await docker(['inspect', '--format', format, id], 30_000)
    on.running(inspected.split(' ')[0] || undefined)
    const status = await exitStatus(id)
    await docker(['rm', '--force', '--volumes', id], 30_000)
    return endOf(status)
  }
  const fail = async (error: Error) => {
    // A run that failed, for a taken port say, leaves its container behind.
    await removeLabelled(spec.instanceId).catch(() => undefined)
    on.ended({ state: 'TASK_FAILED', message: error.message })
  }
  follow().then((end) => on.ended(end), fail)
  return {
    simulated: false,
    exec: (command, timeoutMs) =>
      docker(['exec', state.id ?? '', '/bin/sh', '-c', command], timeoutMs).then(
        () => 0,
        () => 1
      ),
    kill(graceMs) {
      if (state.killed) return
      state.killed = true
      state.graceMs = graceMs
      if (state.id !== undefined) stop(state.id)
    }
  }
}

async function removeLabelled(instanceId: string): Promise<void> {
  const filter = `label=${LABEL}=${instanceId}`
  const ids = await docker(['ps', '--all', '--quiet', '--filter', filter], 30_000)
  if (ids !== '') await docker(['rm', '--force', '--volumes', ...ids.split('\n')], 30_000)
}

/** Waits without limit: a container may run for days. */
function exitStatus(id: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn('docker', ['wait', id], {
      stdio: ['ignore', 'pipe', 'ignore']
    })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    child.once('error', reject)
    child.once('close', () => resolve(Number(output.trim() || 1)))
  })
}

function endOf(status: number): TaskEnd {
  return {
    state: status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED',
    message: `Container exited with status ${status}`
  }
}
