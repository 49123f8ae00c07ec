/** A request that HAProxy treats otherwise than the proxy plane. */
export interface Laxity {
  readonly name: string
  /** Bytes as Latin-1, to a host that answers. */
  readonly request: string
  /** Status of the proxy plane. */
  readonly proxy: number
  /** Status of HAProxy 2.6. */
  readonly haproxy: number
  /** A line of the head as a task gets it from each plane, in lower case; absent: it gets none. */
  readonly line?: { readonly proxy?: string; readonly haproxy?: string }
  /** What newer versions do otherwise, oldest first: 2.8.25, 3.0.11, 3.2.26 and 3.4.7 were asked. */
  readonly newer?: readonly Newer[]
  /** Why it can't be taught, or is left so. */
  readonly why: string
}

interface Newer {
  readonly since: '2.8' | '3.0' | '3.2' | '3.4'
  readonly haproxy: number
  /** As above, from HAProxy. */
  readonly line?: string
}
