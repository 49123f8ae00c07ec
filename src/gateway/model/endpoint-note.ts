import type { Endpoint } from './route.ts'

/** Why an endpoint, or all on an agent, gets no requests in some process, and until when. */
export interface EndpointNote {
  /** Id of the endpoint, or `agentKey`. */
  readonly about: string
  /** Ms since 1970. */
  readonly until: number
  readonly text: string
}

export function agentKey({ agent }: Pick<Endpoint, 'agent'>): string {
  return `agent ${agent}`
}
