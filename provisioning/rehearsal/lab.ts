/** What a command left: `code` is 124 when it took too long, 128 + n when a signal ended it. */
export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** Given to the command's standard input, which is empty otherwise. */
  readonly input?: string
  /** Longest time the command may take, ms; default 600 000. It only guards against hangs. */
  readonly timeoutMs?: number
  /** Added to the command's environment, never to its arguments. */
  readonly env?: Readonly<Record<string, string>>
}

/** A place in the cluster's network where commands can be run. */
export interface Host {
  readonly name: string
  readonly address: string
  /** Never throws for an exit code other than 0. */
  run(command: readonly string[], options?: RunOptions): Promise<CommandResult>
}

/** A booted Debian with a systemd of its own, a NAT leg (eth0) and its cluster address (eth1). */
export interface Machine extends Host {
  /** Its root folder, seen from outside; ask again after each boot. */
  readonly root: string
  /** Shuts down in order; its network is gone afterwards, as a switched-off machine's is. */
  powerOff(): Promise<void>
  boot(): Promise<void>
  reboot(): Promise<void>
}

export interface Lab {
  /** Made and booted when first asked for. */
  machine(name: string): Promise<Machine>
  /** 192.168.58.1: also where the forwarded ports are, on its 127.0.0.1. Has this host's programs and files. */
  readonly laptop: Host
  /** 192.168.58.99: in the machines' network, but none of them. Has this host's programs and files. */
  readonly outsider: Host
  /** Everything of this lab on this host's disk; removed by `close`. */
  readonly folder: string
  /** The copy of the repository that every machine sees as /marathon-gateway; may be written to from outside. */
  readonly repository: string
  /** Leaves nothing behind: no process, mount, namespace, cgroup or file. May be called twice. */
  close(): Promise<void>
}
