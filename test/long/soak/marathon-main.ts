import { createLocalMarathon } from '../../../src/local-marathon/create-local-marathon.ts'
import { deploy } from '../../../src/local-marathon/deployments.ts'
import { call } from '../../support/local-marathon.ts'
import type { MarathonOrder } from './soak-messages.ts'

/**
 * A Marathon whose tasks are made up: every task has an address of its own, at which the backend answers.
 * Scales apps up and down at the rate it is told, until its parent is gone.
 */
const TICK_MS = 50
/** Instances of an app when it is small and when it is large. */
const [FEW, MANY] = [4, 8]
const ENDS: readonly unknown[] = ['TASK_KILLED', 'TASK_FAILED', 'TASK_FINISHED', 'TASK_RUNNING']

async function begin({ apps, backendPort, rate }: MarathonOrder): Promise<void> {
  const marathon = await createLocalMarathon({
    port: 0,
    runner: 'simulated',
    restartBackoffMs: 0,
    simulatedAddress: (_app, number) => ({ host: addressOf(number), ports: [backendPort] })
  })
  const { cluster } = marathon.membership
  for (let at = 0; at < apps; at += 1) {
    const labels = { 'gateway.hosts': `app-${at}.test` }
    const portDefinitions = [{ port: 0, protocol: 'tcp' }]
    const body = { id: `/app-${at}`, cmd: 'true', instances: FEW, labels, portDefinitions }
    await call(marathon.url, '/v2/apps', { method: 'POST', body })
  }
  let changes = 0
  cluster.events.subscribe(({ eventType, ...event }) => {
    if (eventType === 'status_update_event' && ENDS.includes(event['taskStatus'])) changes += 1
  })
  process.send?.({ url: marathon.url })
  let [due, turn] = [0, 0]
  setInterval(() => {
    due += (rate * TICK_MS) / 1_000
    for (; due >= MANY - FEW; due -= MANY - FEW) {
      const id = `/app-${turn++ % apps}`
      const definition = cluster.apps.get(id)?.definition
      if (definition === undefined) continue
      const instances = definition.instances === FEW ? MANY : FEW
      deploy(cluster, new Map([[id, { ...definition, instances }]]), { force: true })
    }
    process.send?.({ changes })
  }, TICK_MS)
}

/** Of 127.0.0.0/8, all of which is this machine. */
function addressOf(number: number): string {
  return `127.${1 + ((number >> 16) & 63)}.${(number >> 8) & 255}.${1 + (number & 127)}`
}

process.once('message', (order: MarathonOrder) => void begin(order))
process.once('disconnect', () => process.exit(0))
