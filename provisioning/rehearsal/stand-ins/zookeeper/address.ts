/** What a `zk://` URL of Mesos or Marathon says. */
export interface ZookeeperAddress {
  /** host:port,host:port */
  readonly servers: string
  /** user:password of the digest scheme. */
  readonly digest: string | undefined
  /** Such as `/mesos`. */
  readonly path: string
}

const FORM = /^zk:\/\/(?:([^@/\s]+:[^@/\s]+)@)?((?:[\w.-]+:\d+)(?:,[\w.-]+:\d+)*)(\/[\w./-]+)$/

/** @throws Error for anything but `zk://[user:password@]host:port[,host:port]/path` */
export function zookeeperAddress(url: string): ZookeeperAddress {
  const [, digest, servers, path] = FORM.exec(url.trim()) ?? []
  if (servers === undefined || path === undefined) {
    throw new Error('the ZooKeeper URL is not zk://[user:password@]host:port[,host:port]/path')
  }
  return { servers, digest, path }
}
