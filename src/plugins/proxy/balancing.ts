import { type Balancer, createBalancer } from '../../gateway/balance/balancer.ts'
import { containPickers } from '../../gateway/balance/contained-pickers.ts'
import type { Ejection } from '../../gateway/balance/endpoint-book.ts'
import {
  createUpstreamClient,
  defaultUpstreamSettings
} from '../../gateway/http/upstream/upstream-client.ts'
import type { Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { EndpointChanges } from '../../gateway/model/endpoint-changes.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { ProxyOptions } from './options.ts'
import { createProbeCall } from './probe-call.ts'
import { createProber, type ProbeNews } from './prober.ts'
import { noteOf, probeNote, watchRules } from './watch-rules.ts'

/** Who gets a request: pickers, tasks that fail, probes. */
export interface Balancing {
  readonly balancer: Balancer
  /** The table that is current from now on. */
  apply(table: Table, changes: EndpointChanges): void
  close(): void
}

export type BalancingHost = Pick<GatewayHost, 'log' | 'parts' | 'note' | 'stats' | 'fault'>

export interface BalancingTools {
  readonly wheel: Wheel
  /** False: somebody else probes. */
  readonly probes: boolean
}

const EJECTED = 'tasks that fail get no new requests for a while'

export function createBalancing(
  host: BalancingHost,
  options: Pick<ProxyOptions, 'ejection' | 'slowStart'>,
  { wheel, probes }: BalancingTools
): Balancing {
  const pickers = containPickers(host.parts.pickers, (picker, error) =>
    host.fault('picker', error, { part: picker })
  )
  const onEjected = (ejection: Ejection): void => {
    const { endpoint, ...facts } = ejection
    host.log.warn({ ...facts, taskId: endpoint.taskId, agent: endpoint.agent }, EJECTED)
    host.note(noteOf(ejection))
  }
  const rules = watchRules(options)
  const balancer = createBalancer({
    ...{ pickers, random: Math.random, now: Date.now, onEjected },
    ...rules
  })
  const onNews = (news: ProbeNews): void => {
    const { service, endpoint, isWell, isNews } = news
    host.note(probeNote(news, Date.now()))
    if (!isNews) return
    balancer.setDown(service, endpoint, !isWell)
    const facts = { taskId: endpoint.taskId, service }
    host.log.info(facts, `a task ${isWell ? 'passes' : 'fails'} its probes`)
  }
  // Nothing is kept: a connection of its own for each probe shows whether the task takes new ones.
  const client = createUpstreamClient({ ...defaultUpstreamSettings, idleTimeoutMs: 0 })
  const call = createProbeCall(client)
  const prober = createProber({ wheel, call, random: Math.random, onNews })
  host.stats('balance', () => ({ ...balancer.stats, ...prober.stats }))
  return {
    balancer,
    apply(table, changes) {
      balancer.apply(table)
      if (!probes) return
      prober.follow(changes)
      client.follow(changes)
    },
    close() {
      prober.close()
      client.destroy()
    }
  }
}
