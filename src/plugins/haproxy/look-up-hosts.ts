import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Table } from '../../gateway/model/table.ts'

/** Look-ups under way at once: more only wait in line for Node's threads. */
const AT_ONCE = 8

/**
 * Addresses of all hosts of endpoints that are names, IPv4 first. Names without an address are left
 * out. Never throws.
 *
 * @param find gives the address of a name, or throws
 */
export async function lookUpHosts(
  table: Table,
  find: (name: string) => Promise<string> = findAddress
): Promise<ReadonlyMap<string, string>> {
  const waiting = [...namesOf(table)]
  const addresses = new Map<string, string>()
  async function work(): Promise<void> {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      try {
        addresses.set(name, await find(name))
      } catch {
        // Whoever renders says which tasks are left out for it.
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return addresses
}

function namesOf(table: Table): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { endpoints } of table.services.values()) {
    for (const { host } of endpoints) if (isIP(host) === 0) names.add(host)
  }
  return names
}

async function findAddress(name: string): Promise<string> {
  const { address } = await lookup(name, { family: 0, order: 'ipv4first' })
  return address
}
