import { emptyTable, type Table } from '../../gateway/model/table.ts'
import { patchPieces, type TablePatch } from '../../gateway/model/table-patch.ts'

/** Keeps the table of one other process the same as the current one. */
export interface TableSender {
  /** There is a newer table. While pieces of another are under way, the newest one waits. */
  offer(table: Table): void
  /** The other process has the last piece; `agreed` is false when another table came out. */
  answered(agreed: boolean): void
  /** Hash of the table that the other process has; undefined until there is one. */
  readonly agreedHash: string | undefined
  /** A piece has no answer yet. */
  readonly waits: boolean
}

/** So few entries take neither side more than some milliseconds. */
const MOST_ENTRIES = 200

/**
 * Sends the first table whole and then differences, in pieces of which each waits for the answer to the
 * one before: neither process is held for long, and no queue grows. After a disagreement the next
 * table is sent whole.
 */
export function createTableSender(
  send: (patch: TablePatch, whole: boolean) => void,
  mostEntries = MOST_ENTRIES
): TableSender {
  /** What the other process has; undefined: nothing that can be built on. */
  let known: Table | undefined
  /** What it has when the pieces are all there. */
  let coming: Table | undefined
  let wanted: Table | undefined
  let pieces: Iterator<TablePatch> | undefined
  let whole = false

  function begin(): void {
    if (wanted === undefined || wanted === known) return
    coming = wanted
    whole = known === undefined
    pieces = patchPieces(known ?? emptyTable(), coming, mostEntries)
    sendNext()
  }

  /** @returns false when the last one was sent before */
  function sendNext(): boolean {
    const piece = pieces?.next()
    if (piece === undefined || piece.done === true) return false
    send(piece.value, whole)
    whole = false
    return true
  }

  return {
    offer(table) {
      wanted = table
      if (coming === undefined) begin()
    },
    answered(agreed) {
      if (agreed && sendNext()) return
      known = agreed ? coming : undefined
      coming = undefined
      begin()
    },
    get agreedHash() {
      return known?.hash
    },
    get waits() {
      return coming !== undefined
    }
  }
}
