import type { Cluster } from './cluster.ts'

/** One server of a cluster, as the others know it. */
export interface Node {
  readonly url: string
  /** host:port */
  readonly address: string
  closeStreams(): void
}

/** The nodes of one cluster and who leads. The cluster ends with its last node. */
export class Membership {
  readonly cluster: Cluster
  readonly #nodes: Node[] = []
  readonly #end: () => Promise<void>
  #leader: Node | undefined

  constructor(cluster: Cluster, end: () => Promise<void>) {
    this.cluster = cluster
    this.#end = end
  }

  get leader(): Node | undefined {
    return this.#leader
  }

  join(node: Node): void {
    this.#nodes.push(node)
    this.#leader ??= node
  }

  async leave(node: Node): Promise<void> {
    const index = this.#nodes.indexOf(node)
    if (index < 0) return
    this.#nodes.splice(index, 1)
    if (this.#nodes.length === 0) await this.#end()
    else if (this.#leader === node) {
      this.#leader = undefined
      this.changeLeader()
    }
  }

  /**
   * The next node leads (the same one when it is alone). As in Marathon, all streams end and the
   * results of health checks, which lived in the leader's memory, are gone until checks ran again.
   */
  changeLeader(): void {
    for (const app of this.cluster.apps.values()) {
      for (const task of app.tasks.values()) task.health = []
    }
    const index = this.#leader ? this.#nodes.indexOf(this.#leader) : -1
    this.#leader = this.#nodes[(index + 1) % this.#nodes.length]
    this.cluster.touch()
    for (const node of this.#nodes) node.closeStreams()
  }
}
