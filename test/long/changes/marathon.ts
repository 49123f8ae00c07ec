import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sampleApp } from '../../../src/local-marathon/sample-app.ts'
import { eventually } from '../../support/eventually.ts'
import { call } from '../../support/local-marathon.ts'
import type { AppPlan } from './script.ts'

const sampleAppDir = fileURLToPath(new URL('../../../sample-app', import.meta.url))
const socketTask = fileURLToPath(new URL('socket-task.mjs', import.meta.url))

/** What a run asks of Marathon. Every change is done when Marathon says so. */
export interface Marathon {
  readonly url: string
  create(app: AppPlan): Promise<void>
  scale(app: string, instances: number): Promise<void>
  /** A new definition, so that every task is replaced by another. */
  deploy(app: string, part: Readonly<Record<string, unknown>>): Promise<void>
  /** Ends one task: asked for in Marathon, or by SIGKILL of its process. Another one replaces it. */
  endOne(app: string, how: 'kill' | 'crash', instances: number): Promise<void>
  /** Resolves when the destruction has begun. */
  destroy(app: string): Promise<void>
  /** Waits until the app has this many healthy tasks and nothing else, and no deployment. */
  settled(app: string, instances: number): Promise<void>
  close(): Promise<void>
}

export function labelsOf(app: string): Record<string, string> {
  return { 'gateway.hosts': `${app}.test` }
}

export async function startMarathon(): Promise<Marathon> {
  const main = join(import.meta.dirname, 'marathon-main.ts')
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, main], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return marathonAt(line.toString().trim(), child)
}

function marathonAt(url: string, child: ChildProcess): Marathon {
  const path = (app: string) => `/v2/apps//${app}`

  async function change(method: string, where: string, body?: unknown): Promise<void> {
    const { status, text } = await call(url, where, {
      method,
      ...(body === undefined ? {} : { body })
    })
    if (status >= 300) throw new Error(`Marathon: ${method} ${where}: ${status} ${text}`)
  }

  async function settled(app: string, instances: number): Promise<void> {
    await eventually(`${app} has ${instances} tasks`, async () => {
      const { json } = await call(url, path(app))
      const { deployments, tasks, tasksHealthy } = json.app
      return deployments.length === 0 && tasks.length === instances && tasksHealthy === instances
    })
  }

  return {
    url,
    settled,
    create: (app) => change('POST', '/v2/apps', definitionOf(app)),
    scale: (app, instances) => change('PUT', path(app), { instances }),
    deploy: (app, part) => change('PUT', path(app), part),
    destroy: (app) => change('DELETE', path(app)),
    async endOne(app, how, instances) {
      const { json } = await call(url, path(app))
      const task: string = json.app.tasks[0].id
      if (how === 'kill') await change('DELETE', `${path(app)}/tasks/${task}`)
      else process.kill(await processOf(task), 'SIGKILL')
      await eventually(`${task} has gone`, async () => {
        const { json: now } = await call(url, path(app))
        return !now.app.tasks.some(({ id }: { id: string }) => id === task)
      })
      await settled(app, instances)
    },
    async close() {
      child.stdin?.end()
      await once(child, 'exit')
    }
  }
}

/** The sample app, or the one that echoes; a task that ends is replaced at once. */
function definitionOf({ name, role, instances }: AppPlan) {
  const sample = sampleApp(sampleAppDir, { instances })
  return {
    ...sample,
    ...(role === 'socket' ? { cmd: `exec node '${socketTask}'` } : {}),
    id: `/${name}`,
    labels: labelsOf(name),
    backoffSeconds: 0,
    backoffFactor: 1
  }
}

/** The process whose environment names this task. */
async function processOf(task: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    if (environment.split('\0').includes(`MESOS_TASK_ID=${task}`)) return Number(pid)
  }
  throw new Error(`no process runs ${task}`)
}
