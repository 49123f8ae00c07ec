/** What is asked, how, and for how long. */
export interface Load {
  readonly port: number
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Bytes of each request's body. */
  readonly uploadBytes: number
  /** Hosts that are asked in turn. */
  readonly hosts: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests per second in all; undefined: each connection asks again as soon as it is answered. */
  readonly rate: number | undefined
  /** Cores the load generator may run on. */
  readonly cores: string | undefined
}

/** What a load generator saw. */
export interface LoadResult {
  /** Answers of any status. */
  readonly requests: number
  readonly seconds: number
  /** Answers that are no success, and connections that failed. */
  readonly errors: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

/** A program that makes load; each is a way to say the same. */
export interface LoadGenerator {
  readonly name: string
  run(load: Load): Promise<LoadResult>
}
