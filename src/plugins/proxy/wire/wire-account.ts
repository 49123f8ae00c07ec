import type { GatewayErrorName } from '../../../gateway/http/errors.ts'
import { gatewayErrors } from '../../../gateway/http/errors.ts'
import type { Forward } from '../../../gateway/http/upstream/forward-contract.ts'
import type { Endpoint, Route } from '../../../gateway/model/route.ts'
import type { Outcome } from '../../../gateway/plugin.ts'
import type { Intake } from '../intake.ts'
import { exchangeOutcome, ownOutcome } from '../outcomes.ts'
import type { PlainHead } from './request-head.ts'

/** What became of one request; told exactly once, or by somebody else. */
export class WireAccount {
  /** Of the answer; 0: nothing of it was said. */
  status = 0
  endpoint: Endpoint | undefined
  readonly #head: PlainHead
  readonly #client: string
  readonly #startedAt = Date.now()
  #code: string | undefined
  #told = false

  constructor(head: PlainHead, client: string) {
    this.#head = head
    this.#client = client
  }

  note(name: GatewayErrorName): void {
    this.#code = gatewayErrors[name].code
  }

  /** Somebody else tells of it, or nobody has to. */
  silence(): void {
    this.#told = true
  }

  /** Of a request that no task was asked for. */
  own(route: Route | undefined, code?: string, aborted = false): Outcome {
    this.#told = true
    const { method, target, fields } = this.#head
    // As Node's server has it before anybody sets it.
    const status = aborted ? 200 : this.status
    const { host } = fields
    return ownOutcome({ method, host, target, status, code, route, client: this.#client, aborted })
  }

  /** Of a request for a task; undefined: it was told of already. */
  close(
    intake: Intake | undefined,
    forward: Forward | undefined,
    moved: Pick<Outcome, 'bytesIn' | 'bytesOut' | 'aborted'>
  ): Outcome | undefined {
    if (this.#told || intake === undefined) return undefined
    this.#told = true
    return exchangeOutcome({
      intake,
      startedAt: this.#startedAt,
      status: this.status,
      code: this.#code,
      endpoint: this.endpoint,
      forward,
      bytesIn: moved.bytesIn,
      bytesOut: moved.bytesOut,
      client: this.#client,
      aborted: moved.aborted
    })
  }
}
