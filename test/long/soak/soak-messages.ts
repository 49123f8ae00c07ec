export interface MarathonOrder {
  readonly apps: number
  readonly backendPort: number
  /** Changes per second. */
  readonly rate: number
}

export interface ClientsOrder {
  readonly port: number
  readonly apps: number
  readonly connections: number
  /** Requests per second; 0: as many as are answered. */
  readonly rate: number
}

/** A second of the clients. */
export interface ClientsNews {
  readonly answers: number
  readonly faults: number
  readonly lastFault?: string
}
