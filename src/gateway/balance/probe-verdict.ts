/** What probes have said of an endpoint. */
export interface ProbeRecord {
  isWell: boolean
  /** Probes in a row that said otherwise. */
  against: number
  /** Probes so far: the first one counts at once when it fails. */
  isNew: boolean
}

/** Probes in a row that take an endpoint out, and that bring it back; HAProxy is told the same. */
const FALL = 3
const RISE = 2
/** Pause between probes while it is not yet clear which of both it is, ms. */
const UNCLEAR_MS = 1000
/** So that not all are asked at the same moment: give or take this part of a pause. */
const JITTER = 0.2

/** A task that its source calls healthy is taken for well until a probe was there. */
export function unprobed(): ProbeRecord {
  return { isWell: true, against: 0, isNew: true }
}

/** Counts a probe. @returns true when the endpoint is well or unwell from now on, and was not before */
export function noteProbe(record: ProbeRecord, isGood: boolean): boolean {
  const needed = record.isNew ? 1 : record.isWell ? FALL : RISE
  record.isNew = false
  if (isGood === record.isWell) {
    record.against = 0
    return false
  }
  record.against++
  if (record.against < needed) return false
  record.isWell = isGood
  record.against = 0
  return true
}

/**
 * Until the next probe, ms.
 * @param random 0 ≤ x < 1
 */
export function probePause({ against }: ProbeRecord, intervalMs: number, random: number): number {
  const pause = against > 0 ? Math.min(UNCLEAR_MS, intervalMs) : intervalMs
  return Math.round(pause * (1 - JITTER + 2 * JITTER * random))
}
