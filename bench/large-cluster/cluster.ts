/** A generated cluster, app by app as Marathon shows it: what `/v2/apps` gives, with all that a router ignores. */
export interface Cluster {
  /** Its answer to `/v2/apps`. */
  body(): Buffer
  /** Its answer to `/v2/apps/{id}`; undefined for an unknown id. */
  app(id: string): string | undefined
  /** The first task of an app is replaced by another one. */
  replaceTask(app: number): Replaced
  /** Every health check was good once more: other bytes that mean the same. */
  checkAll(): void
  /** No task has a health result, as after a change of Marathon's leader, or all have. */
  setHealth(known: boolean): void
}

export interface Replaced {
  readonly appId: string
  readonly oldTask: string
  readonly newTask: string
}

export interface ClusterSize {
  readonly apps: number
  readonly tasksPerApp: number
}

export const SHARED_HOST = 'shared.large.example'

const VERSION = '2024-01-01T00:00:00.000Z'
const AGENTS = 2000

/** So many apps share one host by their paths, and as many have a wildcard host each. */
export function sharedOf({ apps }: ClusterSize): number {
  return Math.floor(apps / 10)
}

export function createCluster(size: ClusterSize): Cluster {
  const { apps, tasksPerApp } = size
  const shared = sharedOf(size)
  const runs = Array.from({ length: apps }, () => 0)
  let checks = 0
  let healthKnown = true
  const shown = (app: number) => JSON.stringify(appOf(app))
  let texts = runs.map((_, app) => shown(app))

  function appOf(app: number) {
    return {
      ...definitionOf(app, shared),
      instances: tasksPerApp,
      tasks: Array.from({ length: tasksPerApp }, (_, task) =>
        taskOf(app, task, task === 0 ? (runs[app] ?? 0) : 0)
      )
    }
  }

  function taskOf(app: number, task: number, run: number) {
    const id = taskIdOf(app, task, run)
    return {
      appId: appIdOf(app, shared),
      healthCheckResults: healthKnown ? [healthOf(id, checks)] : [],
      host: agentOf(app, task),
      id,
      ipAddresses: [{ ipAddress: addressOf(app, task), protocol: 'IPv4' }],
      ports: [31_000 + ((app * 7 + task + run * 13) % 1000)],
      servicePorts: [],
      slaveId: `1fd1b1b2-6d5c-4a0c-9a4b-3f7f0c1b5a11-S${(app * 31 + task) % AGENTS}`,
      state: 'TASK_RUNNING',
      stagedAt: VERSION,
      startedAt: VERSION,
      version: VERSION,
      localVolumes: [],
      region: 'eu-central-1',
      zone: `eu-central-1${'abc'[task % 3]}`,
      role: 'slave_public'
    }
  }

  return {
    body: () => Buffer.from(`{"apps":[${texts.join()}]}`),
    app(id) {
      const app = Number(/-(\d+)$/.exec(id)?.[1] ?? Number.NaN)
      return appIdOf(app, shared) === id ? texts[app] : undefined
    },
    replaceTask(app) {
      const run = runs[app] ?? 0
      runs[app] = run + 1
      texts[app] = shown(app)
      const [oldTask, newTask] = [taskIdOf(app, 0, run), taskIdOf(app, 0, run + 1)]
      return { appId: appIdOf(app, shared), oldTask, newTask }
    },
    checkAll() {
      checks += 1
      texts = runs.map((_, app) => shown(app))
    },
    setHealth(known) {
      healthKnown = known
      texts = runs.map((_, app) => shown(app))
    }
  }
}

/** Host of an app that has one to itself. */
export function ownHostOf(app: number): string {
  return `app-${app}.large.example`
}

export function sharedPathOf(app: number): string {
  return `/team/area-${app}`
}

function labelsOf(app: number, shared: number): Record<string, string> {
  const owner = { owner: `team-${app % 50}`, 'monitoring.scrape': 'true', tier: 'backend' }
  if (app < shared) {
    return { ...owner, 'gateway.hosts': SHARED_HOST, 'gateway.path': sharedPathOf(app) }
  }
  if (app < 2 * shared) return { ...owner, 'gateway.hosts': `*.zone-${app}.large.example` }
  return { ...owner, 'gateway.hosts': ownHostOf(app) }
}

function definitionOf(app: number, shared: number) {
  return {
    id: appIdOf(app, shared),
    acceptedResourceRoles: ['*'],
    backoffFactor: 1.15,
    backoffSeconds: 1,
    container: {
      type: 'DOCKER',
      docker: {
        forcePullImage: false,
        image: `registry.example.com/team-${app % 50}/service-${app}:2024.1.${app % 17}`,
        parameters: [{ key: 'label', value: `service=${app}` }],
        privileged: false
      },
      volumes: [],
      portMappings: [
        {
          containerPort: 8080,
          hostPort: 0,
          labels: {},
          name: 'http',
          protocol: 'tcp',
          servicePort: 10_000 + app
        }
      ]
    },
    cpus: 0.5,
    disk: 0,
    env: Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`SETTING_${at}`, `value-${at}-of-application-${app}`])
    ),
    executor: '',
    healthChecks: [
      {
        gracePeriodSeconds: 60,
        intervalSeconds: 10,
        maxConsecutiveFailures: 3,
        path: '/health',
        portIndex: 0,
        protocol: 'MESOS_HTTP',
        timeoutSeconds: 5,
        delaySeconds: 15
      }
    ],
    labels: labelsOf(app, shared),
    maxLaunchDelaySeconds: 300,
    mem: 512,
    gpus: 0,
    networks: [{ mode: 'container/bridge' }],
    requirePorts: false,
    upgradeStrategy: { maximumOverCapacity: 1, minimumHealthCapacity: 1 },
    version: VERSION,
    versionInfo: { lastScalingAt: VERSION, lastConfigChangeAt: VERSION },
    killSelection: 'YOUNGEST_FIRST',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    tasksStaged: 0,
    tasksRunning: 10,
    tasksHealthy: 10,
    tasksUnhealthy: 0,
    deployments: []
  }
}

function healthOf(taskId: string, checks: number) {
  return {
    alive: true,
    consecutiveFailures: 0,
    firstSuccess: VERSION,
    lastFailure: null,
    lastSuccess: new Date(Date.parse(VERSION) + checks * 10_000).toISOString(),
    lastFailureCause: null,
    instanceId: taskId.replace(/\._app\.\d+$/, '')
  }
}

/** A host may be shared within one group alone. */
function appIdOf(app: number, shared: number): string {
  return `${app < shared ? '/shared' : `/group-${app % 100}`}/app-${app}`
}

/** As Marathon makes them since 1.8. */
function taskIdOf(app: number, task: number, run: number): string {
  const number = (app * 1000 + task).toString(16).padStart(12, '0')
  const turn = run.toString(16).padStart(4, '0')
  return `group-${app % 100}_app-${app}.instance-c7c311a4-b669-11e6-${turn}-${number}._app.1`
}

function agentOf(app: number, task: number): string {
  const agent = (app * 31 + task) % AGENTS
  return `10.${20 + (agent >> 8)}.${agent & 255}.17`
}

function addressOf(app: number, task: number): string {
  return `172.17.${app & 255}.${task + 2}`
}
