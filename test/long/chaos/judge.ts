import type { Death, DeathKind } from './deaths.ts'
import type { Failure, SocketEnd } from './load-messages.ts'

/** What the gateway says of a request that did not go smoothly. */
export interface GatewayRecord {
  readonly id: string
  readonly status: number
  readonly code?: string
  /** Of the task at which it ended. */
  readonly task?: string
  /** One per attempt, the last one last. */
  readonly attempts: readonly {
    readonly task: string
    readonly bytesSent: number
    readonly text: string
  }[]
}

export interface Verdict {
  /** The death that explains the failure; absent: nothing does, it is a defect. */
  readonly excuse?: `${'mid-answer' | 'after a byte was sent' | 'WebSocket'}, task ${DeathKind}`
  readonly why: string
}

/** Three processes note signals, ends and what clients see; on a busy machine each is late by this much. */
const SLACK_MS = 1_000

/**
 * The rule: a GET fails only if its task died after the first byte of the answer had reached the client; a
 * POST also if its task died after a byte of it was sent, and the opening of a WebSocket, which is not
 * repeated either. An answer that is wrong and ends as if it
 * were right is never excused.
 */
export function judge(
  failure: Failure,
  record: GatewayRecord | undefined,
  deathOf: (task: string) => Death | undefined
): Verdict {
  if (failure.reason.endsWith('ended cleanly')) return { why: 'a cut body was ended cleanly' }
  const { firstByteAt, task } = failure
  if (firstByteAt !== undefined && task !== undefined) {
    const death = deathOf(task)
    if (death === undefined) return { why: 'cut, and its task lives' }
    // A task that drains finishes what it has: nothing may be cut at its end.
    if (death.kind === 'drained') return { why: 'cut, and its task was draining' }
    // It has sent the head, so it did not die before.
    return death.signalledAt <= failure.failedAt + SLACK_MS
      ? { excuse: `mid-answer, task ${death.kind}`, why: 'its task died in the middle' }
      : { why: 'cut, and its task died later' }
  }
  if (failure.method === 'GET') return { why: 'a GET that had no byte of an answer' }
  return judgePost(failure, record, deathOf)
}

function judgePost(
  failure: Failure,
  record: GatewayRecord | undefined,
  deathOf: (task: string) => Death | undefined
): Verdict {
  const last = record?.attempts.at(-1)
  if (last === undefined) return { why: 'the gateway does not say where it was sent' }
  if (last.bytesSent === 0) return { why: 'no byte of it was sent' }
  const death = deathOf(last.task)
  if (death === undefined) return { why: 'its task lives' }
  return diedBetween(death, failure.sentAt, failure.failedAt)
    ? { excuse: `after a byte was sent, task ${death.kind}`, why: 'its task died' }
    : { why: 'its task died at another time' }
}

/** From the first signal to the end is dying. */
function diedBetween({ signalledAt, endedAt }: Death, from: number, to: number): boolean {
  return signalledAt <= to + SLACK_MS && (endedAt ?? Infinity) >= from - SLACK_MS
}

/** A WebSocket ends with its task: not before the first signal to it, and not in another way than closed. */
export function judgeSocket(
  { task, endedAt, reason }: SocketEnd,
  deathOf: (task: string) => Death | undefined
): Verdict {
  if (reason.endsWith('echo came')) return { why: 'it carried something else than was sent' }
  const death = deathOf(task)
  if (death === undefined) return { why: 'its task lives' }
  return death.signalledAt <= endedAt + SLACK_MS
    ? { excuse: `WebSocket, task ${death.kind}`, why: 'its task died' }
    : { why: 'its task died later' }
}
