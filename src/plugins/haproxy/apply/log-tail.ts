import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs'
import type { Log } from './haproxy-process.ts'

/** Passes on what HAProxy writes into its log file. */
export interface LogTail {
  /** Reads what has come since the last time. Never throws. */
  read(): void
  /** The last thing HAProxy complained about. */
  lastAlert(): string | undefined
  close(): void
}

const MAX_READ_BYTES = 64 * 1024
/** HAProxy appends, so that the file can be cut to nothing at any time. */
const MAX_FILE_BYTES = 1024 * 1024

const LINE = /^\[(ALERT|WARNING|NOTICE|DIAG)\]\s+\(\d+\) : (.*)$/
/** Said of each of our own commands, on standard error and once more by `log stdout`. */
const OWN_COMMAND = /\) : CLI : |leaving forced maintenance|for maintenance/
/** What a probe found, also of servers added by command: `Server app/s is DOWN, reason: Layer7 …`. */
const PROBED = /Server \S+ is (?:DOWN|UP), reason: /
/** Follows from that, and is no reason why a start or a reload fails. */
const NO_SERVER = /has no server available/

export function createLogTail(path: string, log: Log): LogTail {
  let offset: number | undefined
  let rest = ''
  let alert: string | undefined

  function take(line: string): void {
    const [, level, message] = LINE.exec(line) ?? []
    if (level === 'ALERT' && message !== undefined && !NO_SERVER.test(message)) {
      alert = message.slice(0, 500)
    }
    const text = (message ?? line).slice(0, 1000).replace(/^CLI : /, '')
    log[severityOf(line, level)]({ haproxy: text }, 'HAProxy says')
  }

  function readNews(file: number): void {
    const { size } = fstatSync(file)
    // What was there before us is not news.
    offset = Math.min(offset ?? size, size)
    const buffer = Buffer.alloc(Math.min(size - offset, MAX_READ_BYTES))
    const length = readSync(file, buffer, 0, buffer.length, offset)
    offset += length
    const lines = (rest + buffer.toString('utf8', 0, length)).split('\n')
    rest = (lines.pop() ?? '').slice(-MAX_READ_BYTES)
    for (const line of lines) if (line !== '') take(line)
    if (offset === size && size > MAX_FILE_BYTES) {
      truncateSync(path, 0)
      offset = 0
    }
  }

  const read = () => {
    try {
      const file = openSync(path, 'r')
      try {
        readNews(file)
      } finally {
        closeSync(file)
      }
    } catch {
      // Not there yet: the whole file is news when it comes.
      offset = 0
    }
  }
  read()
  return { read, lastAlert: () => alert, close: read }
}

function severityOf(line: string, level: string | undefined): keyof Log {
  // Said a second time by `log stdout`, without a level.
  if (PROBED.test(line)) return level === undefined ? 'debug' : 'warn'
  if (OWN_COMMAND.test(line)) return 'debug'
  if (level === undefined) return 'info'
  if (level === 'ALERT') return 'error'
  return level === 'WARNING' ? 'warn' : 'debug'
}
