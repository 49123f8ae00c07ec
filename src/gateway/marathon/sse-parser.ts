/** One event of a stream, as sent. */
export interface StreamEvent {
  /** Value of the `event:` line; empty when there was none. */
  readonly name: string
  /** `data:` lines, joined by line feeds. */
  readonly data: string
  /** The event was longer than the limit: `data` is not complete. */
  readonly truncated: boolean
}

/**
 * Parses an event stream (WHATWG HTML §9.2.6) that arrives in pieces. Lines end in CRLF, LF or CR;
 * a CR at the end of one piece and an LF at the beginning of the next are one end (Marathon's
 * heartbeat is flushed that way). Never throws; memory is bounded by `maxEventLength`.
 *
 * A line that begins with a brace counts as data: old versions of Marathon put several JSON
 * objects, one a line, behind one `data:`.
 *
 * @param maxEventLength characters of one event that are kept
 * @returns takes the next piece of the stream
 */
export function createSseParser(
  onEvent: (event: StreamEvent) => void,
  maxEventLength = 1024 * 1024
): (piece: string) => void {
  let line = ''
  let name = ''
  let data: string[] = []
  let length = 0
  let truncated = false
  let afterCr = false
  function keep(text: string): void {
    const room = maxEventLength - length
    if (text.length > room) truncated = true
    const kept = text.length > room ? text.slice(0, room) : text
    length += kept.length
    line += kept
  }

  function endLine(): void {
    const whole = line
    line = ''
    if (whole === '') dispatch()
    else if (whole.startsWith('{')) data.push(whole)
    else if (whole.startsWith('data:')) data.push(fieldValue(whole, 5))
    else if (whole.startsWith('event:')) name = fieldValue(whole, 6)
  }

  function dispatch(): void {
    const event = { name, data: data.join('\n'), truncated }
    name = ''
    data = []
    length = 0
    truncated = false
    if (event.data !== '' || event.name !== '' || event.truncated) onEvent(event)
  }

  return (piece) => {
    const rest = afterCr && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') afterCr = piece.endsWith('\r')
    for (const [index, part] of rest.split(/\r\n|\r|\n/).entries()) {
      if (index > 0) endLine()
      keep(part)
    }
  }
}

function fieldValue(line: string, from: number): string {
  return line[from] === ' ' ? line.slice(from + 1) : line.slice(from)
}
