import type { Endpoint, Service } from '../model/route.ts'

/** What a picker may look at. */
export interface PickRequest {
  /** Value of a request header (lower-case name), or undefined. */
  header(name: string): string | undefined
  /** Value of a request cookie, or undefined. */
  cookie(name: string): string | undefined
}

/** Chooses an endpoint that is not in `tried`; undefined when none is left. Never throws. */
export type Picker = (request: PickRequest, tried: readonly Endpoint[]) => Endpoint | undefined

export interface PickerTools {
  /** Requests in flight to an endpoint in this process. */
  inFlight(endpoint: Endpoint): number
  /** 0 ≤ x < 1. */
  random(): number
}

/**
 * Makes the picker of one service for one table. `previous` is the picker the service had in the
 * table before, so that a change of the table doesn't start the rotation anew.
 */
export type PickerMaker = (
  service: Service,
  endpoints: readonly Endpoint[],
  previous: Picker | undefined,
  tools: PickerTools
) => Picker
