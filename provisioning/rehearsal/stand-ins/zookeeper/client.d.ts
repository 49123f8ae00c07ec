/** The part of `node-zookeeper-client` 1.1 that the stand-ins use. */
declare module 'node-zookeeper-client' {
  interface Failure extends Error {
    readonly code: number
  }
  interface Client {
    connect(): void
    close(): void
    addAuthInfo(scheme: string, auth: Buffer): void
    on(
      event: 'connected' | 'disconnected' | 'expired' | 'authenticationFailed',
      on: () => void
    ): void
    getChildren(path: string, done: (error: Failure | null, children: string[]) => void): void
    getData(path: string, done: (error: Failure | null, data: Buffer | undefined) => void): void
    setData(
      path: string,
      data: Buffer,
      version: number,
      done: (error: Failure | null) => void
    ): void
    create(
      path: string,
      data: Buffer,
      acls: readonly unknown[],
      mode: number,
      done: (error: Failure | null, path: string) => void
    ): void
  }
  const zookeeper: {
    createClient(
      servers: string,
      options: { sessionTimeout: number; spinDelay: number; retries: number }
    ): Client
    readonly ACL: {
      readonly CREATOR_ALL_ACL: readonly unknown[]
      readonly OPEN_ACL_UNSAFE: readonly unknown[]
    }
    readonly CreateMode: { readonly PERSISTENT: number; readonly EPHEMERAL_SEQUENTIAL: number }
    readonly Exception: { readonly NO_NODE: number; readonly NODE_EXISTS: number }
  }
  export = zookeeper
}
