import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'

export interface SlirpOptions {
  /** Comes before the program: how to get to where its traffic leaves from. */
  readonly prefix?: readonly string[]
  /** The network namespace that gets the interface, as a path. */
  readonly namespace: string
  readonly device: string
  /** Its second address is the gateway, its third the name server. */
  readonly network: string
  /** Gives the interface its address and route; otherwise that is left to the caller. */
  readonly configure: boolean
  /** Takes orders about forwarded ports here; a socket's path has 107 bytes at most. */
  readonly apiSocket?: string
}

export interface Slirp {
  readonly pid: number
  stop(): Promise<void>
}

/**
 * A NAT in user space, as VirtualBox's is: needs no rule, route or setting on the host. It ends with the
 * process that started it, since that holds the other end of its exit pipe.
 *
 * @throws Error with what it said, when it does not get ready
 */
export async function startSlirp(options: SlirpOptions): Promise<Slirp> {
  const [program = '', ...args] = [...(options.prefix ?? []), ...commandOf(options)]
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe']
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
  }
  const exited = once(child, 'exit').catch((error: Error) => {
    said += error.message
  })
  const ready = once(child.stdio[3] as Readable, 'data').then(() => true)
  ready.catch(() => undefined)
  if ((await Promise.race([ready, exited.then(() => false)])) !== true) {
    throw new Error(`slirp4netns did not start: ${said.trim()}`)
  }
  return { pid: child.pid ?? 0, stop: () => stop(child, exited) }
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  const exitPipe = child.stdio[4] as { destroy(): void } | null | undefined
  exitPipe?.destroy()
  await exited
}

function commandOf(options: SlirpOptions): string[] {
  return [
    'slirp4netns',
    '--mtu=65520',
    `--cidr=${options.network}`,
    '--ready-fd=3',
    '--exit-fd=4',
    '--disable-host-loopback',
    ...(options.configure ? ['--configure'] : []),
    ...(options.apiSocket === undefined ? [] : [`--api-socket=${options.apiSocket}`]),
    '--netns-type=path',
    options.namespace,
    options.device
  ]
}

export interface Forward {
  /** Port on 127.0.0.1 of the laptop. */
  readonly host: number
  readonly guest: number
}

/** @throws Error when the port can't be forwarded, for instance since it is taken */
export async function forwardPort(
  apiSocket: string,
  address: string,
  port: Forward
): Promise<void> {
  const socket = connect(apiSocket)
  await once(socket, 'connect')
  const order = {
    execute: 'add_hostfwd',
    arguments: {
      proto: 'tcp',
      host_addr: '127.0.0.1',
      host_port: port.host,
      guest_addr: address,
      guest_port: port.guest
    }
  }
  socket.end(JSON.stringify(order))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  if (!answer.includes('"return"')) {
    throw new Error(`port ${port.host} can't be forwarded to ${address}:${port.guest}: ${answer}`)
  }
}
