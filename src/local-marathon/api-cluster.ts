import { ApiError } from './api-error.ts'
import { type ApiContext, type ApiRequest, deploymentReply } from './api-request.ts'
import { flag } from './app-query.ts'
import { launchDelayMs } from './backoff.ts'
import { liveTasks } from './cluster.ts'
import { cancelDeployment, planOf, rollBack } from './deployments.ts'
import { empty, json, type Reply, text } from './reply.ts'
import { shapeDefinition } from './shape-app.ts'

const FULL_VERSIONS = { '1.4': '1.4.13', '1.5': '1.5.15', '1.8': '1.8.244' } as const

/** What a 1.x node says of itself; followers of the version read it. */
export function getInfo({ cluster, leader }: ApiContext): Reply {
  const [hostname, port] = leader().split(/:(?=\d+$)/)
  return json({
    name: 'marathon',
    version: FULL_VERSIONS[cluster.settings.apiVersion],
    buildref: 'local-marathon',
    elected: true,
    leader: leader(),
    frameworkId: cluster.frameworkId,
    marathon_config: {
      ha: true,
      hostname,
      local_port_min: 10_000,
      local_port_max: 20_000,
      framework_name: 'marathon',
      features: cluster.settings.taskKilling ? ['task_killing'] : [],
      task_launch_timeout: 300_000,
      reconciliation_interval: 600_000
    },
    zookeeper_config: {},
    http_config: { http_port: Number(port), https_port: 8443 }
  })
}

export const getLeader = ({ leader }: ApiContext): Reply => json({ leader: leader() })

export function abdicate(context: ApiContext): Reply {
  context.abdicate()
  return json({ message: 'Leadership abdicated' })
}

/** `pong`, as text or JSON; anything else gets 204. */
export function ping({ accept }: ApiRequest): Reply {
  if (accept === '' || /\*\/\*|text\/(\*|plain)/.test(accept)) return text('pong')
  return accept.includes('application/json') ? json('pong') : empty(204)
}

export function getMetrics({ cluster }: ApiContext): Reply {
  const tasks = [...cluster.apps.values()].reduce((sum, app) => sum + app.tasks.size, 0)
  return json({
    version: '3.0.0',
    gauges: {
      'service.mesosphere.marathon.app.count': { value: cluster.apps.size },
      'service.mesosphere.marathon.task.running.count': { value: tasks }
    },
    counters: {},
    histograms: {},
    meters: {},
    timers: {}
  })
}

export function listDeployments({ cluster }: ApiContext): Reply {
  return json(
    [...cluster.deployments.values()].map((deployment) => {
      const { id, version, steps } = planOf(deployment)
      return {
        id,
        version,
        affectedApps: deployment.apps,
        affectedPods: [],
        steps,
        currentActions: (deployment.steps[deployment.step] ?? []).map((action) => ({
          ...action,
          readinessCheckResults: readinessOf(cluster.apps.get(action.app))
        })),
        currentStep: deployment.step + 1,
        totalSteps: steps.length
      }
    })
  )
}

function readinessOf(app: Parameters<typeof liveTasks>[0] | undefined): unknown[] {
  if (app === undefined) return []
  return liveTasks(app).flatMap((task) =>
    task.readiness ? [{ ...task.readiness, taskId: task.id }] : []
  )
}

/** Rolls back by a new deployment; with `force` the deployment only stops. */
export function deleteDeployment(
  { cluster }: ApiContext,
  { query }: ApiRequest,
  id: string
): Reply {
  const deployment = cluster.deployments.get(id)
  if (deployment === undefined) {
    throw new ApiError(404, { message: `DeploymentPlan ${id} does not exist` })
  }
  if (flag(query, 'force')) {
    cancelDeployment(cluster, deployment)
    return empty(202)
  }
  return deploymentReply(rollBack(cluster, deployment))
}

export function listQueue({ cluster }: ApiContext): Reply {
  const waiting = [...cluster.apps.values()].filter((app) => app.queuedSince !== undefined)
  return json({
    queue: waiting.map((app) => ({
      app: shapeDefinition(app.definition, app.version, cluster.settings.apiVersion),
      count: Math.max(0, app.target - liveTasks(app).length),
      delay: {
        timeLeftSeconds: Math.ceil(launchDelayMs(app) / 1000),
        overdue: launchDelayMs(app) === 0
      },
      since: app.queuedSince,
      processedOffersSummary: {},
      role: '*'
    }))
  })
}

/** `DELETE /v2/queue/{id}/delay`: the next launch waits no longer. */
export function deleteDelay({ cluster }: ApiContext, id: string): Reply {
  const app = cluster.apps.get(id)
  if (app?.queuedSince === undefined) {
    throw new ApiError(404, { message: `Application ${id} not found in tasks queue.` })
  }
  delete app.backoff
  cluster.touch()
  return empty(204)
}
