export interface Explanation {
  readonly host: string | undefined
}
