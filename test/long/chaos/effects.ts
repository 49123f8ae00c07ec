import { Latency } from './latency.ts'
import type { Sighting } from './load-messages.ts'

/**
 * How long after Marathon's event do requests use the change? A task that came: from its first healthy event
 * to the client's having its first answer. One that goes: from its TASK_KILLING event to the sending of
 * the last request that it answered, 0 when there was none.
 */
export class Effects {
  readonly came = new Latency()
  readonly #healthyAt = new Map<string, number>()
  readonly #killingAt = new Map<string, number>()
  readonly #lastSent = new Map<string, number>()

  noteEvent(event: Readonly<Record<string, unknown>>, at: number): void {
    const { eventType } = event
    if (eventType === 'instance_health_changed_event' && event['healthy'] === true) {
      const instance = String(event['instanceId'])
      if (!this.#healthyAt.has(instance)) this.#healthyAt.set(instance, at)
    }
    if (eventType === 'status_update_event' && event['taskStatus'] === 'TASK_KILLING') {
      this.#killingAt.set(String(event['taskId']), at)
    }
  }

  noteSighting([task, firstAnswerAt, lastSentAt]: Sighting): void {
    const instance = task.replace(/\._app\.1$/, '')
    const healthyAt = this.#healthyAt.get(instance)
    if (!this.#lastSent.has(task) && healthyAt !== undefined) {
      this.came.add(Math.max(0, firstAnswerAt - healthyAt))
    }
    this.#lastSent.set(task, Math.max(lastSentAt, this.#lastSent.get(task) ?? 0))
  }

  /** Whether a client has had an answer of this task. */
  isSeen(task: string): boolean {
    return this.#lastSent.has(task)
  }

  get went(): Latency {
    const found = new Latency()
    for (const [task, at] of this.#killingAt) {
      found.add(Math.max(0, (this.#lastSent.get(task) ?? 0) - at))
    }
    return found
  }
}
