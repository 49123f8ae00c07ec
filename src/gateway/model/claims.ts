/** Who holds a host (or `*` plus a path for routes without a host). Persisted by the state floor. */
export interface Claim {
  readonly source: string
  readonly app: string
}

/** By claim key: a normalised host, or `*` followed by a path key such as `*` + `/api`. */
export type Claims = ReadonlyMap<string, Claim>
