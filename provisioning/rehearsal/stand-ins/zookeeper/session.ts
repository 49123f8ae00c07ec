import zookeeper from 'node-zookeeper-client'
import type { ZookeeperAddress } from './address.ts'

/** As in Mesos and Marathon: so long after the last sign of life a server's nodes disappear. */
const SESSION_MS = 10_000

/** A ZooKeeper session with the credentials of its address. All promises reject without a server. */
export interface ZookeeperSession {
  children(path: string): Promise<readonly string[]>
  /** undefined when there is no such node. */
  read(path: string): Promise<Buffer | undefined>
  /** Makes the node if need be. */
  write(path: string, data: Buffer): Promise<void>
  /** Makes the node and those above it. */
  ensure(path: string): Promise<void>
  /** Makes a numbered node that lives as long as the session; its whole path. */
  announce(prefix: string, data: Buffer): Promise<string>
  /** Ends the session: what it announced disappears at once. */
  close(): void
}

type Done<T> = (error: Error | null, value: T) => void

function promised<T>(ask: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    ask((error, value) => (error ? reject(error) : resolve(value)))
  })
}

/**
 * Questions wait for a connection: the client would send those it holds back before its credentials, and
 * a server that enforces them ends the session.
 */
function openConnection(client: Pick<ReturnType<typeof zookeeper.createClient>, 'on' | 'connect'>) {
  let connected = false
  let waiting: (() => void)[] = []
  client.on('connected', () => {
    connected = true
    for (const goOn of waiting) goOn()
    waiting = []
  })
  client.on('disconnected', () => {
    connected = false
  })
  client.connect()
  return () =>
    new Promise<void>((resolve) => {
      if (connected) resolve()
      else waiting.push(resolve)
    })
}

const codeOf = (error: unknown) => (error as { code?: unknown }).code

/** @param onLost called when the servers have given the session up, or refuse its credentials */
export function openSession(
  { servers, digest }: ZookeeperAddress,
  onLost: (reason: string) => void
): ZookeeperSession {
  const client = zookeeper.createClient(servers, {
    sessionTimeout: SESSION_MS,
    spinDelay: 300,
    // A retry of the client's could go before the credentials, too.
    retries: 0
  })
  const { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE } = zookeeper.ACL
  const acls = digest === undefined ? OPEN_ACL_UNSAFE : CREATOR_ALL_ACL
  if (digest !== undefined) client.addAuthInfo('digest', Buffer.from(digest))
  client.on('expired', () => onLost('the ZooKeeper session has expired'))
  client.on('authenticationFailed', () => onLost('ZooKeeper refuses the credentials'))
  const connection = openConnection(client)
  const asked = async <T>(ask: (done: Done<T>) => void): Promise<T> => {
    await connection()
    return promised(ask)
  }
  const create = (path: string, data: Buffer, mode: number) =>
    asked<string>((done) => client.create(path, data, acls, mode, done))
  const { PERSISTENT, EPHEMERAL_SEQUENTIAL } = zookeeper.CreateMode
  const ensure = async (path: string): Promise<void> => {
    const parts = path.split('/').filter((part) => part !== '')
    for (const index of parts.keys()) {
      const node = `/${parts.slice(0, index + 1).join('/')}`
      await create(node, Buffer.alloc(0), PERSISTENT).catch((error: unknown) => {
        if (codeOf(error) !== zookeeper.Exception.NODE_EXISTS) throw error
      })
    }
  }
  return {
    children: (path) => asked((done) => client.getChildren(path, done)),
    read: (path) =>
      asked<Buffer | undefined>((done) => client.getData(path, done)).catch((error: unknown) => {
        if (codeOf(error) === zookeeper.Exception.NO_NODE) return undefined
        throw error
      }),
    async write(path, data) {
      await ensure(path)
      await asked<void>((done) => client.setData(path, data, -1, (error) => done(error, undefined)))
    },
    ensure,
    announce: (prefix, data) => create(prefix, data, EPHEMERAL_SEQUENTIAL),
    close: () => client.close()
  }
}
