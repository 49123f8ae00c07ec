import type { TestContext } from 'node:test'
import {
  createMarathonSource,
  type MarathonSettings
} from '../../src/gateway/marathon/create-marathon-source.ts'
import type { Source } from '../../src/gateway/source.ts'
import { type FakeMarathon, startFakeMarathon } from './fake-marathon.ts'
import { type RecordingSink, recordingSink } from './recording-sink.ts'

export const quietLog = { info() {}, warn() {}, debug() {} }

export interface RunningSource {
  readonly source: Source
  readonly sink: RecordingSink
  /** Reasons of the warnings so far. */
  readonly warnings: readonly string[]
  stop(): void
}

/** A started source that ends with the test; pauses are short, so that failures pass quickly. */
export function startSource(
  t: TestContext,
  settings: Partial<MarathonSettings> & { urls: readonly string[] }
): RunningSource {
  const sink = recordingSink()
  const warnings: string[] = []
  const log = {
    ...quietLog,
    warn: (fields: object) => void warnings.push(String((fields as { reason?: unknown }).reason))
  }
  const controller = new AbortController()
  const source = createMarathonSource(
    { name: 'marathon', events: true, backoff: { minMs: 20, maxMs: 100 }, ...settings },
    { log, now: Date.now, random: Math.random }
  )
  source.start(sink, controller.signal)
  const stop = () => controller.abort()
  t.after(stop)
  return { source, sink, warnings, stop }
}

export async function fakeMarathon(t: TestContext): Promise<FakeMarathon> {
  const fake = await startFakeMarathon()
  t.after(() => fake.stop())
  return fake
}
