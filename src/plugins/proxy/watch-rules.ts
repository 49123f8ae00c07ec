import { type BookTools, defaultWatch, type Ejection } from '../../gateway/balance/endpoint-book.ts'
import { durationMs } from '../../gateway/config/duration.ts'
import { agentKey, type EndpointNote } from '../../gateway/model/endpoint-note.ts'
import type { ProxyOptions } from './options.ts'
import type { ProbeNews } from './prober.ts'

/** What the options say of tasks that fail, and of new ones. */
export function watchRules({
  ejection,
  slowStart
}: Pick<ProxyOptions, 'ejection' | 'slowStart'>): Pick<
  BookTools,
  'ejection' | 'agents' | 'slowStartMs'
> {
  const { after, statuses, time, longestTime, agentServices } = ejection
  return {
    ejection: {
      after,
      statuses,
      firstMs: durationMs(time),
      longestMs: Math.max(durationMs(time), durationMs(longestTime))
    },
    agents: { ...defaultWatch.agents, services: agentServices },
    slowStartMs: durationMs(slowStart)
  }
}

/** In words, for explain. */
export function noteOf({ what, endpoint, until, reason }: Ejection): EndpointNote {
  if (what === 'endpoint') {
    return { about: endpoint.id, until, text: `failed again and again (${reason})` }
  }
  const text = `tasks of several apps on its agent failed (${reason})`
  return { about: agentKey(endpoint), until, text }
}

/** In words, for explain; nothing any more when it is well. */
export function probeNote({ endpoint, isWell, holdsMs }: ProbeNews, now: number): EndpointNote {
  return { about: endpoint.id, until: isWell ? 0 : now + holdsMs, text: 'fails its probes' }
}
