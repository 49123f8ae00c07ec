import { LRUCache } from 'lru-cache'
import { agentKey, type EndpointNote } from './model/endpoint-note.ts'
import type { ExplainedService } from './model/explained-service.ts'

const MOST = 10_000

/** What processes say of endpoints, for explain. Bounded; what is over is not told. */
export class EndpointNotes {
  readonly #notes = new LRUCache<string, EndpointNote>({ max: MOST })

  /** Replaces what was said before. */
  add(note: EndpointNote): void {
    this.#notes.set(note.about, note)
  }

  /** The service as it is explained, with what is known of its endpoints. */
  annotate(service: ExplainedService, now: number): ExplainedService {
    const notes = service.endpoints.flatMap((endpoint) => {
      const said = [endpoint.id, agentKey(endpoint)].flatMap(
        (about) => this.#notes.get(about) ?? []
      )
      return said
        .filter(({ until }) => until > now)
        .map(({ until, text }) => ({ endpoint: endpoint.id, until, text }))
    })
    return notes.length === 0 ? service : { ...service, notes }
  }
}
