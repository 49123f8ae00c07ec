import type { LabelDefinition } from './label-definitions.ts'
import { durationUpTo } from './label-values.ts'
import {
  PROBE_INTERVAL_MS,
  PROBE_TIMEOUT_MS,
  type ProbeTarget,
  parseProbe
} from './probe-values.ts'
import { DEFAULT_APPLIES } from './timeout-definitions.ts'

export interface ProbeValues {
  readonly probe: ProbeTarget
  readonly 'probe.interval': number
  readonly 'probe.timeout': number
}

/** Labels about checks that a plane makes by itself. */
export const probeDefinitions: {
  readonly [Key in keyof ProbeValues]: LabelDefinition<ProbeValues[Key]>
} = {
  probe: {
    meaning:
      'Checks of every task by the gateway itself, beside what Marathon says: a path is asked for with GET, and 2xx or 3xx is well; with `tcp` a task that takes a connection is well. A task that Marathon calls healthy takes traffic at once; after three failed probes in a row (its first one, when it is new) it gets no new request, after two good ones it is back. When all tasks of a service are out, the answer is 503 GW_NO_ENDPOINT. The task sees its own address and port as Host, as in Marathon’s checks. Each process of the proxy plane that carries traffic probes by itself; with `plane: both` HAProxy alone does, and what it does not carry is not probed.',
    values:
      '`tcp`; `none`; or a path, maybe with a query, up to 256 characters of RFC 3986 without quotes, `;` and `$`',
    default: 'no probe: Marathon’s word counts',
    example: '"gateway.probe": "/health"',
    whenWrong: 'A problem is reported and nothing is probed.',
    scope: 'inherited',
    protective: false,
    parse: parseProbe
  },
  'probe.interval': {
    meaning:
      'Time from one probe of a task to the next, give or take a fifth. Between well and unwell it is one second. A short one in a large cluster is a load of its own: 1000 tasks every second are 1000 requests per second.',
    values: 'a duration: `1s`, `30s`, `2m`; from one second to five minutes',
    default: '`5s`',
    example: '"gateway.probe.interval": "10s"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: durationUpTo(PROBE_INTERVAL_MS.highest, PROBE_INTERVAL_MS.lowest)
  },
  'probe.timeout': {
    meaning: 'How long a probe may wait for its answer. Never longer than the interval.',
    values: 'a duration: `500ms`, `2s`; up to one minute',
    default: '`2s`',
    example: '"gateway.probe.timeout": "500ms"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: durationUpTo(PROBE_TIMEOUT_MS.highest)
  }
}
