import type { Deployment } from './marathon-lb-labels.ts'

/** One of two apps of a deployment group. */
export interface Side {
  readonly deployment: Deployment | undefined
  readonly instances: number
  /** Endpoints that take traffic. */
  readonly ready: number
}

/**
 * Shares of two apps while the newer takes over, as marathon-lb has them: every task counts alike,
 * and as many of the older app's are drained as the newer has ready beyond what is still to come.
 * Undefined when the two are no such pair.
 */
export function deploymentShares(sides: readonly Side[]): readonly number[] | undefined {
  const [one, two, ...more] = sides
  if (one?.deployment === undefined || two?.deployment === undefined || more.length > 0) {
    return undefined
  }
  const oneIsOlder = one.deployment.startedAt <= two.deployment.startedAt
  const [older, newer] = oneIsOlder ? [one, two] : [two, one]
  const target = (oneIsOlder ? two : one).deployment?.target ?? 0
  const over = Math.max(0, newer.ready + older.instances - target)
  const left = older.ready - Math.min(older.ready, newer.ready, over)
  // Nobody is ready: the shares of equals, for whoever comes first.
  if (left + newer.ready === 0) return [1, 1]
  return oneIsOlder ? [left, newer.ready] : [newer.ready, left]
}
