import type { Table } from '../../gateway/model/table.ts'
import { lookUpHosts } from './look-up-hosts.ts'

/** Addresses of endpoints whose host is a name: HAProxy never resolves names at run time. */
export interface AddressBook {
  /** What is known by now; a name without an address keeps its last one. */
  readonly addresses: ReadonlyMap<string, string>
  /** Looks up the names of this table, now and again every minute. `onChange` follows on news. */
  use(table: Table): void
  close(): void
}

/** Agents keep their addresses, as a rule. */
const REFRESH_MS = 60_000

/** @param look gives the addresses of a table's names that have one */
export function createAddressBook(
  onChange: () => void,
  look: (table: Table) => Promise<ReadonlyMap<string, string>> = lookUpHosts
): AddressBook {
  let addresses: ReadonlyMap<string, string> = new Map()
  let current: Table | undefined
  const timer = setInterval(() => void refresh(), REFRESH_MS)
  timer.unref()

  async function refresh(): Promise<void> {
    const table = current
    if (table === undefined) return
    const found = await look(table)
    const isNews = [...found].some(([name, address]) => addresses.get(name) !== address)
    if (!isNews || table !== current) return
    addresses = new Map([...addresses, ...found])
    onChange()
  }

  return {
    get addresses() {
      return addresses
    },
    use(table) {
      if (table === current) return
      current = table
      void refresh()
    },
    close() {
      current = undefined
      clearInterval(timer)
    }
  }
}
