import { join } from 'node:path'
import { keepPackages, pruneArchives } from './lab/archives.ts'
import { baseImage } from './lab/base-image.ts'
import { enteredHost, guestEnvironment, laptopEnvironment } from './lab/host.ts'
import { createMachine } from './lab/machine.ts'
import { addressesAround, makeBridge, namespacePath, plugIn } from './lab/network.ts'
import { nspawnCommand } from './lab/nspawn.ts'
import { copyRepository } from './lab/repository.ts'
import { type Residence, takeResidence } from './lab/residence.ts'
import type { Forward } from './lab/slirp.ts'
import { openWorkshop } from './lab/workshop.ts'

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
  /** Has puppet, puppet-lint and vagrant, and the repository as /marathon-gateway; it is no machine. */
  workshop(): Promise<Host>
  /** Made and booted when first asked for. */
  machine(name: string): Promise<Machine>
  /** Those that were asked for. */
  machines(): Promise<Machine[]>
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

export interface LabOptions {
  readonly machines: Readonly<Record<string, { readonly address: string }>>
  /** Copied; every machine sees the copy as /marathon-gateway. */
  readonly repository: string
  /** Where images and packages are kept between rehearsals. */
  readonly cache: string
  /** Ports on the laptop's 127.0.0.1 that lead to one machine's NAT leg. */
  readonly forwards?: ForwardedPorts
  log(line: string): void
}

export interface ForwardedPorts {
  readonly machine: string
  readonly ports: readonly Forward[]
}

/** As VirtualBox gives them to the master of the cluster. */
const usualForwards: ForwardedPorts = {
  machine: 'master',
  ports: [
    { host: 8080, guest: 8080 },
    { host: 5000, guest: 5000 },
    { host: 8888, guest: 80 }
  ]
}

/**
 * A network of machines on this host, that can be told from the real ones only by their kernel. Needs root
 * and what `obstacle` asks for; changes nothing of this host but what `close` takes back.
 */
export async function createLab(options: LabOptions): Promise<Lab> {
  const residence = await takeResidence(options.cache)
  try {
    return await furnish(residence, options)
  } catch (error) {
    await residence.leave()
    throw error
  }
}

async function furnish(residence: Residence, options: LabOptions): Promise<Lab> {
  const { enclosure, folder, cache } = residence
  const { log, machines, forwards = usualForwards } = options
  const addresses = Object.values(machines).map(({ address }) => address)
  const around = addressesAround(addresses[0] ?? '192.168.58.1')
  const repository = join(folder, 'repository')
  await copyRepository(options.repository, repository)
  await makeBridge(enclosure, folder, around.laptop)
  await plugIn(enclosure, folder, { name: 'outsider', address: around.outsider, device: 'eth0' })
  await pruneArchives(cache)
  const request = { ...residence, log }

  const site = once(async () => {
    const { folder: base, authorities } = await baseImage(request)
    const nspawn = await nspawnCommand(base, folder)
    const env = guestEnvironment(process.env, { addresses, ownAuthorities: authorities > 0 })
    return { ...residence, repository, base, nspawn, env }
  })
  const made = new Map<string, Promise<Machine>>()
  const make = async (name: string) => {
    const address = machines[name]?.address
    if (address === undefined) throw new Error(`there is no machine ${name}`)
    for (const other of made.keys())
      await keepPackages(cache, join(folder, 'machines', other, 'written'))
    const ports = forwards.machine === name ? forwards.ports : []
    const machine = await createMachine(await site(), { name, address, forwards: ports })
    await machine.boot()
    return machine
  }

  const env = laptopEnvironment(process.env)
  const outside = ['nsenter', `--net=${namespacePath(folder, 'outsider')}`, '--']
  return {
    workshop: once(() => openWorkshop(request, repository)),
    machine: (name) => {
      const known = made.get(name) ?? make(name)
      made.set(name, known)
      return known
    },
    machines: async () => {
      const settled = await Promise.allSettled(made.values())
      return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    },
    laptop: enteredHost({
      name: 'laptop',
      address: around.laptop,
      enter: () => enclosure.enter,
      env
    }),
    outsider: enteredHost({
      name: 'outsider',
      address: around.outsider,
      enter: () => [...enclosure.enter, ...outside],
      env
    }),
    folder,
    repository,
    close: async () => {
      for (const name of made.keys())
        await keepPackages(cache, join(folder, 'machines', name, 'written'))
      await residence.leave()
    }
  }
}

/** Makes a thing when it is first needed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
