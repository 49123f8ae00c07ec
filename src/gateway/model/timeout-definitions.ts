import type { LabelDefinition } from './label-definitions.ts'
import { durationUpTo } from './label-values.ts'

/** Milliseconds. */
export interface TimeoutValues {
  readonly 'timeout.connect': number
  readonly 'timeout.first-byte': number
  readonly 'timeout.idle': number
}

export const DEFAULT_APPLIES = 'A problem is reported and the default applies.'
const HOUR_MS = 3_600_000

/** Labels about how long something may take. */
export const timeoutDefinitions: {
  readonly [Key in keyof TimeoutValues]: LabelDefinition<TimeoutValues[Key]>
} = {
  'timeout.connect': {
    meaning: 'How long to wait for a connection to a task.',
    values: 'a duration: `500ms`, `30s`, `2m`; up to one hour',
    default: '`proxy.timeout.connect` of the configuration',
    example: '"gateway.timeout.connect": "1s"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: durationUpTo(HOUR_MS)
  },
  'timeout.first-byte': {
    meaning: 'How long to wait for the first byte of an answer, once the request is sent.',
    values: 'a duration: `500ms`, `30s`, `2m`; up to one hour',
    default: '`proxy.timeout.firstByte` of the configuration',
    example: '"gateway.timeout.first-byte": "2m"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: durationUpTo(HOUR_MS)
  },
  'timeout.idle': {
    meaning:
      'How long a request or an answer may stand still before it is broken off; not its whole duration.',
    values: 'a duration: `500ms`, `30s`, `2m`; up to 24 hours',
    default: '`proxy.timeout.idle` of the configuration',
    example: '"gateway.timeout.idle": "10m"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: durationUpTo(24 * HOUR_MS)
  }
}
