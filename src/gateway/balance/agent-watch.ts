export interface AgentRules {
  /** Services with a failure that make an agent suspect; 0: never. */
  readonly services: number
  /** Within this time, ms. */
  readonly withinMs: number
  /** How long it is suspect then, ms. */
  readonly forMs: number
}

interface Agent {
  /** When each service failed there last. */
  readonly failures: Map<string, number>
  suspectUntil: number
}

/** So many agents are watched at once; those with the oldest failures are forgotten. */
const MOST_AGENTS = 1000

/** Tells an agent that is gone, or has lost its network, from tasks that fail one by one. */
export class AgentWatch {
  readonly #rules: AgentRules
  readonly #agents = new Map<string, Agent>()

  constructor(rules: AgentRules) {
    this.#rules = rules
  }

  /**
   * A task of this service could not be reached there, or broke off.
   *
   * @returns true when the agent is suspect from now on
   */
  note(name: string, service: string, now: number): boolean {
    const { services, withinMs, forMs } = this.#rules
    if (services === 0) return false
    const agent = this.#agentOf(name)
    agent.failures.set(service, now)
    for (const [one, at] of agent.failures) {
      if (at <= now - withinMs) agent.failures.delete(one)
    }
    if (agent.failures.size < services || now < agent.suspectUntil) return false
    agent.suspectUntil = now + forMs
    return true
  }

  /** Until when an agent is suspect, ms since 1970; 0: it is not known for anything. */
  suspectUntil(name: string): number {
    return this.#agents.get(name)?.suspectUntil ?? 0
  }

  /** How many are suspect. */
  count(now: number): number {
    let count = 0
    for (const { suspectUntil } of this.#agents.values()) if (now < suspectUntil) count++
    return count
  }

  #agentOf(name: string): Agent {
    const known = this.#agents.get(name) ?? { failures: new Map(), suspectUntil: 0 }
    // Last in the order in which they are forgotten.
    this.#agents.delete(name)
    this.#agents.set(name, known)
    if (this.#agents.size > MOST_AGENTS) {
      const [oldest = ''] = this.#agents.keys()
      this.#agents.delete(oldest)
    }
    return known
  }
}
