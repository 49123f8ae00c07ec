import { Type } from 'typebox'
import { Duration } from '../../gateway/config/duration.ts'

/** Bounds of the waiting room. */
export const holdOptions = Type.Object(
  {
    time: Duration({
      default: '0',
      description:
        'How long a request waits while its app has no task that can answer, but one is starting. 0: it is 503 at once. The label `gateway.hold` of an app goes first.'
    }),
    refused: Duration({
      default: '1s',
      description:
        'How long a request waits for news of tasks when all that are known took no connection, or died before a byte of their answer if it may be repeated: Marathon is asked at once. Its app answers at once again when nobody came in that time, until there is news of it. 0: it is 502 at once.'
    }),
    requests: Type.Integer({
      default: 1000,
      minimum: 0,
      maximum: 100_000,
      description: 'Most requests that wait at once; others are 503.'
    }),
    bytes: Type.Integer({
      default: 16_777_216,
      minimum: 0,
      maximum: 1_073_741_824,
      description:
        'Most bytes of their bodies that are kept meanwhile: for each its announced length, or `replayBytes`.'
    })
  },
  {
    additionalProperties: false,
    description: 'Requests that wait for a task. Each process has its own.'
  }
)
