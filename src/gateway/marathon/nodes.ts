/** One Marathon process of a cluster. */
export interface Node {
  /** Origin and path prefix, without a slash at the end. */
  readonly base: string
  readonly url: URL
}

export interface Nodes {
  /** All nodes, the one that answered last first. */
  order(): readonly Node[]
  /** The next node is asked first, once. */
  turn(): void
  /** The node gave a good answer: it is asked first from now on. */
  worked(node: Node): void
  /** The node has given a good answer and no failure since. */
  isTrusted(node: Node): boolean
  failed(node: Node): void
}

/** @throws Error that names the URL which is none, or has a scheme other than http or https */
export function createNodes(urls: readonly string[]): Nodes {
  const nodes = urls.map(nodeOf)
  if (nodes.length === 0) throw new Error('no Marathon URL is given, expected at least one')
  let first = 0
  const trusted = new Set<Node>()
  return {
    order: () => [...nodes.slice(first), ...nodes.slice(0, first)],
    turn() {
      first = (first + 1) % nodes.length
    },
    worked(node) {
      first = Math.max(0, nodes.indexOf(node))
      trusted.add(node)
    },
    isTrusted: (node) => trusted.has(node),
    failed: (node) => void trusted.delete(node)
  }
}

function nodeOf(text: string): Node {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `Marathon URL "${withoutUser(text)}" is not usable, expected http://host:port or https://host:port`
    )
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      `Marathon URL "${withoutUser(text)}" carries a user or password, expected them as credentials`
    )
  }
  return { url, base: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
}

/** Messages reach logs and the admin side; passwords don't. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//…@')
}
