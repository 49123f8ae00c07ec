/** One event as Marathon writes it; `eventType` and `timestamp` are always there. */
export interface MarathonEvent {
  readonly eventType: string
  readonly timestamp: string
  readonly [field: string]: unknown
}

export type EventListener = (event: MarathonEvent) => void

/** Hands each event to every listener, in order and at once. */
export class EventBus {
  readonly #listeners = new Set<EventListener>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  publish(eventType: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#listeners.size === 0) return
    const event = { ...fields, eventType, timestamp: this.#now().toISOString() }
    for (const listener of [...this.#listeners]) listener(event)
  }

  /** @returns ends the subscription */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
