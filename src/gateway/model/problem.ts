/** Something wrong in one app (or one entry of a file), shown to operators; never an outage. */
export interface Problem {
  /** Name of the source it came from. */
  readonly source: string
  /** App id, or file and line for a file source. */
  readonly app: string
  /** Label or field that is wrong, when there is one. */
  readonly label?: string
  /** One sentence: what is wrong, what was expected, what follows from it. */
  readonly reason: string
}
