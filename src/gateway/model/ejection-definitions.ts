import {
  LARGEST_EJECTION,
  parseEjection,
  parseHold,
  parseSlowStart,
  parseStatuses
} from './ejection-values.ts'
import type { LabelDefinition } from './label-definitions.ts'
import { DEFAULT_APPLIES } from './timeout-definitions.ts'

export interface EjectionValues {
  /** 0: never. */
  readonly ejection: number
  readonly 'ejection.statuses': readonly number[]
  /** Milliseconds. */
  readonly 'slow-start': number
  /** Milliseconds. */
  readonly hold: number
}

/** Labels about tasks that fail, are new, or are awaited. */
export const ejectionDefinitions: {
  readonly [Key in keyof EjectionValues]: LabelDefinition<EjectionValues[Key]>
} = {
  ejection: {
    meaning:
      'After how many failures in a row a task gets no new request for a while: the connection failed, broke off or gave no first byte in time. Longer each time it fails again. Never more than half of the tasks of a service are out. HAProxy takes tasks out by what it sees of requests only for apps with `gateway.probe`, by which they come back.',
    values: `a whole number from 1 to ${LARGEST_EJECTION}, or \`none\``,
    default: '`proxy.ejection.after` of the configuration, `5`',
    example: '"gateway.ejection": "3"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseEjection
  },
  'ejection.statuses': {
    meaning:
      'Statuses of answers that count as failures in `gateway.ejection`. The answer itself goes to the client as it is. Leave out what clients can bring about.',
    values: 'statuses from 500 to 599, separated by commas or white space, or `none`',
    default: '`proxy.ejection.statuses` of the configuration, none',
    example: '"gateway.ejection.statuses": "502, 503"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseStatuses
  },
  'slow-start': {
    meaning:
      'How long a task that joins a running service takes to get its full share of requests; it begins with a tenth. Not for the first tasks of a service, and not with the picker `hash`.',
    values: 'a duration: `500ms`, `30s`, `2m`; up to one hour; or `none`',
    default: '`proxy.slowStart` of the configuration, none',
    example: '"gateway.slow-start": "30s"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseSlowStart
  },
  hold: {
    meaning:
      'How long a request waits while the app has no task that can answer, but one is starting: staged, not ready, or without a health result. Then it is 503 GW_NO_ENDPOINT, as at once without this label. How many may wait, and with how much of a body, is said by `proxy.hold`. HAProxy holds no requests.',
    values: 'a duration: `500ms`, `30s`, `2m`; up to ten minutes; or `none`',
    default: '`proxy.hold.time` of the configuration, none',
    example: '"gateway.hold": "10s"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseHold
  }
}
