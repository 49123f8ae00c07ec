import type { Source, SourceSink } from '../source.ts'
import { createAppsReader } from './apps-reader.ts'
import { createAppsThread } from './apps-thread.ts'
import { createClient } from './client.ts'
import { Deeds } from './deeds.ts'
import { followEvents, Pause, type StreamListener } from './event-stream.ts'
import { createNodes } from './nodes.ts'
import { systemClock } from './pacer.ts'
import { createReading, type Reading } from './reading.ts'
import { type MarathonSettings, type Settled, settle } from './settings.ts'

export type { MarathonSettings }

/** What a logger has to offer. */
export interface SourceLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  debug(fields: object, message: string): void
}

export interface SourceTools {
  readonly log: SourceLog
  /** Milliseconds since 1970. */
  now(): number
  /** 0 to 1. */
  random(): number
}

/**
 * Marathon as a source: snapshots of `/v2/apps`, read again whenever the event stream says that
 * something changed. Opens nothing before `start`; a failure is told to the sink and tried again.
 *
 * @throws Error in one sentence when a URL is not usable
 */
export function createMarathonSource(settings: MarathonSettings, tools: SourceTools): Source {
  const settled = settle(settings)
  createNodes(settled.urls)
  let reading: Reading | undefined
  const deeds = new Deeds()
  return {
    name: settings.name,
    start(sink, signal) {
      if (signal.aborted) return
      reading = run(settled, tools, deeds.noting(sink), signal, deeds)
    },
    letGo: () => reading?.letGo() ?? false,
    refresh(reason) {
      tools.log.debug({ source: settings.name, reason }, 'refresh')
      reading?.refresh()
    },
    stats: () => deeds.stats()
  }
}

function run(
  settled: Settled,
  tools: SourceTools,
  sink: SourceSink,
  signal: AbortSignal,
  deeds: Deeds
): Reading {
  const nodes = createNodes(settled.urls)
  const client = createClient({
    ...settled,
    credentials: settled.credentials,
    ca: settled.ca,
    nodes,
    userAgent: `marathon-gateway/${settled.version}`,
    now: tools.now
  })
  const thread = createAppsThread({ source: settled.name, maxBytes: settled.maxAnswerBytes })
  const reader = createAppsReader({
    source: settled.name,
    client,
    nodes,
    thread,
    requestTimeoutMs: settled.requestTimeoutMs,
    now: tools.now,
    clockNow: systemClock.now
  })
  const pause = new Pause()
  const reading = createReading({
    ...{ settings: settled, tools, reader, sink, clock: systemClock },
    onRecovery: () => pause.end()
  })
  signal.addEventListener(
    'abort',
    () => {
      reading.stop()
      thread.close()
      void client.close().catch(() => {})
    },
    { once: true }
  )
  reading.refresh()
  if (settled.events) {
    const clocks = { now: systemClock.now, random: tools.random }
    const stream = { ...settled, ...clocks, client, nodes, pause }
    void followEvents(stream, listen(settled.name, tools.log, reading, deeds), signal)
  }
  return reading
}

/** Without a stream, each attempt to open it goes with a read, so that changes are still seen. */
function listen(source: string, log: SourceLog, reading: Reading, deeds: Deeds): StreamListener {
  return {
    opened(node) {
      log.info({ source, node: node.base }, 'event stream open')
      deeds.opened()
      reading.connected()
    },
    event(meaning) {
      deeds.events++
      reading.event(meaning)
    },
    broken(node, reason) {
      deeds.broken()
      log.warn({ source, node: node.base, reason }, 'event stream broken, trying again')
      reading.refresh()
    }
  }
}
