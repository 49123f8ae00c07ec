import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AcsAccount, Authorization } from './authorization.ts'
import { type ApiVersion, Cluster } from './cluster.ts'
import type { AppDefinition } from './definition.ts'
import type { Faults } from './faults.ts'
import { LoopbackAddresses } from './loopback-addresses.ts'
import { Membership } from './membership.ts'
import { createNodeServer } from './node-server.ts'
import { restoreState, type SavedState } from './saved-state.ts'
import { startSupervisor } from './supervisor.ts'
import { killTask } from './task-life.ts'
import type { TaskRunner } from './task-runner.ts'
import { createDockerRunner } from './task-runner-docker.ts'
import { createProcessRunner } from './task-runner-process.ts'
import { createSimulatedRunner, type SimulatedAddress } from './task-runner-simulated.ts'

export interface LocalMarathonOptions {
  /** Default 8080; 0 = any free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Shape of apps, tasks and ids. Default '1.8'. */
  readonly apiVersion?: ApiVersion
  /** `user:password`: Basic authentication on everything, the event stream included. */
  readonly credentials?: string
  /** A DC/OS account: turns on the login and `Authorization: token=…`. */
  readonly acs?: AcsAccount
  /** Marathon's feature flag: TASK_KILLING before the end. Default true. */
  readonly taskKilling?: boolean
  /**
   * How tasks run. `process`: `cmd` on this machine; `docker`: containers; `simulated`: not at all;
   * `auto` (default): a container for an app with an image when an engine answers, else a process.
   * Or a way of your own.
   */
  readonly runner?: 'process' | 'docker' | 'simulated' | 'auto' | TaskRunner
  /** Image name → local command, for apps that name only an image, where no engine answers. */
  readonly images?: Readonly<Record<string, string>>
  /** Where simulated tasks pretend to be. */
  readonly simulatedAddress?: SimulatedAddress
  /** First back-off of every app, milliseconds. Default: the app's `backoffSeconds`. */
  readonly restartBackoffMs?: number
  /** Distance of heartbeats on the event stream, milliseconds. Default 10000. */
  readonly heartbeatMs?: number
  /** Makes a second server of the same cluster, one that stands by. Its tasks options are ignored. */
  readonly standbyOf?: LocalMarathon
  /** `host:port` by which this server names itself as the leader. Default: where it listens. */
  readonly advertise?: string
  /** Apps and running tasks of a server before this one; the runner must know how to adopt tasks. */
  readonly restore?: SavedState
  readonly log?: (line: string) => void
}

export interface LocalMarathon {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string
  readonly port: number
  readonly faults: Faults
  /** What a standby joins. */
  readonly membership: Membership
  /**
   * Closes the sockets; with the last server of a cluster, kills every task it started and waits
   * for their ends.
   */
  close(): Promise<void>
}

/** True when a Docker engine answers; asked at most once, at the first app with an image. */
function createEngineQuestion(): () => boolean {
  let answer: boolean | undefined
  return () => {
    answer ??=
      spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
        stdio: 'ignore',
        timeout: 5_000
      }).status === 0
    return answer
  }
}

function createRunnerChoice(options: LocalMarathonOptions) {
  const { runner = 'auto', images = {} } = options
  if (typeof runner === 'object') return () => runner
  const addresses = new LoopbackAddresses(Math.random)
  const process_ = createProcessRunner({ addresses, images, surroundings: process.env })
  const docker = createDockerRunner(addresses)
  const simulated = createSimulatedRunner(options.simulatedAddress)
  const engineAnswers = createEngineQuestion()
  return ({ container }: AppDefinition): TaskRunner => {
    if (runner === 'simulated') return simulated
    if (runner === 'process' || container?.docker === undefined) return process_
    return runner === 'docker' || engineAnswers() ? docker : process_
  }
}

function createMembership(options: LocalMarathonOptions): Membership {
  const cluster = new Cluster({
    apiVersion: options.apiVersion ?? '1.8',
    taskKilling: options.taskKilling ?? true,
    ...(options.restartBackoffMs === undefined
      ? {}
      : { restartBackoffMs: options.restartBackoffMs }),
    runnerFor: createRunnerChoice(options),
    log: options.log ?? (() => undefined)
  })
  if (options.restore !== undefined) restoreState(cluster, options.restore)
  const stopSupervisor = startSupervisor(cluster)
  return new Membership(cluster, async () => {
    cluster.closing.abort()
    stopSupervisor()
    for (const deployment of cluster.deployments.values()) deployment.abort.abort()
    const apps = [...cluster.apps.values()]
    for (const app of apps) for (const task of app.tasks.values()) killTask(cluster, task)
    const never = new AbortController().signal
    await cluster.until(() => apps.every((app) => app.tasks.size === 0), never)
  })
}

/**
 * Starts a Marathon-compatible server that runs its tasks on this machine. State is in memory.
 *
 * @throws the listen error, such as one with `code` 'EADDRINUSE' for a taken port
 */
export async function createLocalMarathon(
  options: LocalMarathonOptions = {}
): Promise<LocalMarathon> {
  const membership = options.standbyOf?.membership ?? createMembership(options)
  const node = createNodeServer({
    membership,
    authorization: new Authorization(options.credentials, options.acs),
    heartbeatMs: options.heartbeatMs ?? 10_000,
    ...(options.advertise === undefined ? {} : { advertise: options.advertise }),
    log: options.log ?? (() => undefined)
  })
  node.server.listen(options.port ?? 8080, options.host ?? '127.0.0.1')
  try {
    await once(node.server, 'listening')
  } catch (error) {
    await node.stop()
    throw error
  }
  membership.join(node)
  const { url } = node
  const bound = node.server.address()
  let closed: Promise<void> | undefined
  return {
    url,
    port: typeof bound === 'object' ? (bound?.port ?? 0) : 0,
    faults: node.faults,
    membership,
    close() {
      closed ??= (async () => {
        await node.stop()
        await membership.leave(node)
      })()
      return closed
    }
  }
}
