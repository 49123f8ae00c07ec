import type { Source, SourceSink } from '../source.ts'

/** What a source did since its start, for those who watch it. */
export class Deeds {
  events = 0
  #reads = 0
  #failures = 0
  #streamsOpened = 0
  #streamsBroken = 0
  #streamOpen = false

  /** The same sink; what it is told is counted. */
  noting(sink: SourceSink): SourceSink {
    return {
      ...sink,
      publish: (snapshot) => {
        this.#reads++
        sink.publish(snapshot)
      },
      failed: (reason) => {
        this.#failures++
        sink.failed(reason)
      }
    }
  }

  opened(): void {
    this.#streamsOpened++
    this.#streamOpen = true
  }

  broken(): void {
    this.#streamsBroken++
    this.#streamOpen = false
  }

  stats(): ReturnType<NonNullable<Source['stats']>> {
    return {
      reads: this.#reads,
      failures: this.#failures,
      events: this.events,
      streamsOpened: this.#streamsOpened,
      streamsBroken: this.#streamsBroken,
      streamOpen: Number(this.#streamOpen)
    }
  }
}
