import { type Cluster, firstMaster } from './cluster.ts'

/** One machine as a Vagrantfile defines it. */
export interface Guest {
  readonly hostname: string
  readonly autostart: boolean
  readonly addresses: readonly string[]
  readonly forwarded: readonly ForwardedGuestPort[]
  readonly provisioners: readonly { readonly path: string; readonly args: readonly string[] }[]
}

interface ForwardedGuestPort {
  readonly guest: number
  readonly host: number
  readonly host_ip: string
  readonly auto_correct: boolean
}

/** The machines that cluster.yaml asks for, in a cluster of that many masters. */
export function expectedGuests(cluster: Cluster, masters: number): Record<string, Guest> {
  const guests = Object.entries(cluster.machines).map(([name, machine]): [string, Guest] => [
    name,
    {
      hostname: name,
      autostart: machine.autostart && machine.needs_masters <= masters,
      addresses: [machine.address],
      forwarded: name === firstMaster(cluster) ? forwardedPorts(cluster) : [],
      provisioners: [{ path: 'provision.sh', args: [machine.role] }]
    }
  ])
  return Object.fromEntries(guests)
}

function forwardedPorts({ forwarded_ports, ports }: Cluster): ForwardedGuestPort[] {
  return Object.entries(forwarded_ports).map(([name, host]) => ({
    guest: ports[name] ?? 0,
    host,
    host_ip: '127.0.0.1',
    auto_correct: false
  }))
}

/** In words, what is defined otherwise than it should be. */
export function guestsDiffer(
  found: Readonly<Record<string, Guest>>,
  expected: Readonly<Record<string, Guest>>
): string[] {
  const names = new Set([...Object.keys(found), ...Object.keys(expected)])
  return [...names].flatMap((name) => {
    const [is, should] = [found[name], expected[name]].map((guest) => JSON.stringify(sorted(guest)))
    return is === should ? [] : [`${name} is ${is}, and should be ${should}`]
  })
}

/** Keys in one order, so that equal guests are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

/**
 * In words, what the README's tables leave out or say otherwise: each machine needs a row that begins with
 * its name and has its address, each forwarded port one that has both its numbers.
 */
export function readmeDiffers(readme: string, cluster: Cluster): string[] {
  const rows = readme
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.replaceAll('`', '').trim()))
  const machines = Object.entries(cluster.machines).flatMap(([name, { address }]) => {
    const row = rows.find((cells) => cells[1] === name)
    if (row === undefined) return [`the README's table has no row for ${name}`]
    return row.includes(address) ? [] : [`the README's row for ${name} does not say ${address}`]
  })
  const ports = Object.entries(cluster.forwarded_ports).flatMap(([name, port]) =>
    rows.some((cells) => cells.some((cell) => cell.includes(`127.0.0.1:${port}`)))
      ? []
      : [`the README's tables don't say that 127.0.0.1:${port} is ${name}`]
  )
  return [...machines, ...ports]
}
