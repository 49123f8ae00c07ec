import { join } from 'node:path'
import { type Enclosure, runInside } from './enclosure.ts'
import { type Forward, forwardPort, type Slirp, startSlirp } from './slirp.ts'

/** VirtualBox's NAT: what every guest sees on eth0. */
export const natNetwork = '10.0.2.0/24'
export const natAddress = '10.0.2.15'
export const natGateway = '10.0.2.2'
export const natNameServer = '10.0.2.3'

/** The laptop and the outsider are the first and the 99th address of the machines' network. */
export function addressesAround(machine: string): { laptop: string; outsider: string } {
  const network = machine.split('.').slice(0, 3).join('.')
  return { laptop: `${network}.1`, outsider: `${network}.99` }
}

/** The host-only network: a bridge with the laptop on it. */
export async function makeBridge(
  enclosure: Enclosure,
  folder: string,
  laptop: string
): Promise<void> {
  await runInside(
    enclosure,
    `mkdir "$1/net"
     ip link add cluster type bridge
     ip addr add "$2/24" dev cluster
     ip link set cluster up`,
    folder,
    laptop
  )
}

/** A network namespace with one leg on the bridge. Gives its path. */
export async function plugIn(
  enclosure: Enclosure,
  folder: string,
  { name, address, device }: { name: string; address: string; device: string }
): Promise<string> {
  const path = namespacePath(folder, name)
  await runInside(
    enclosure,
    `touch "$1"
     unshare --net="$1" true
     ip link add "v-$2" type veth peer name "$4" address "$5" netns "$1"
     ip link set "v-$2" master cluster up
     nsenter --net="$1" sh -euc '
       ip link set lo up
       ip addr add "$1/24" dev "$2"
       ip link set "$2" up' lab "$3" "$4"`,
    path,
    name,
    address,
    device,
    macOf(address)
  )
  return path
}

/** Gives a machine its NAT leg, eth0, with ports of the laptop's loopback led to it. */
export async function connectNat(
  enclosure: Enclosure,
  folder: string,
  name: string,
  forwards: readonly Forward[]
): Promise<Slirp> {
  const namespace = namespacePath(folder, name)
  const apiSocket = join(folder, `nat-${name}`)
  await runInside(enclosure, 'rm -f "$1"', apiSocket)
  const slirp = await startSlirp({
    prefix: enclosure.enter,
    namespace,
    device: 'eth0',
    network: natNetwork,
    configure: false,
    apiSocket
  })
  await runInside(
    enclosure,
    `nsenter --net="$1" sh -euc '
       ip addr add "$1/24" dev eth0
       ip link set eth0 up
       ip route add default via "$2"' lab "$2" "$3"`,
    namespace,
    natAddress,
    natGateway
  )
  for (const forward of forwards) await forwardPort(apiSocket, natAddress, forward)
  return slirp
}

/** The machine is off: nobody has its address any more, and its firewall is forgotten with it. */
export async function unplug(enclosure: Enclosure, folder: string, name: string): Promise<void> {
  await runInside(
    enclosure,
    'ip link del "v-$2"; umount "$1"; rm "$1"',
    namespacePath(folder, name),
    name
  )
}

export function namespacePath(folder: string, name: string): string {
  return join(folder, 'net', name)
}

/** The same at every boot, so that no neighbour remembers an old one. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return ['02', '00', ...bytes].join(':')
}
