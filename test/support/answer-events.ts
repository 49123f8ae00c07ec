import { AnswerParser } from '../../src/gateway/http/upstream/answer-parser.ts'

export const limits = {
  maxHeadBytes: 32_768,
  maxTrailerBytes: 16_384,
  maxFields: 200,
  maxInformational: 100
}

export interface Expectation {
  readonly method?: string
  readonly upgrade?: boolean
  /** The task closes the connection after the bytes. */
  readonly fin?: boolean
}

/** What a parser tells of one answer that arrives in these pieces; body bytes are joined. */
export function answerEvents(pieces: readonly Buffer[], expectation: Expectation = {}): string[] {
  const events: string[] = []
  let body = ''
  const flush = () => {
    if (body !== '') events.push(`body ${body}`)
    body = ''
  }
  let over = false
  let switched = false
  const parser = new AnswerParser(
    {
      onInformational: ({ status, headers }) => events.push(`info ${status} ${headers.join('|')}`),
      onAnswerHead: ({ status, reason, headers }, { body: kind, length, keepAlive }) =>
        events.push(
          `head ${status} ${reason} ${headers.join('|')} ${kind} ${length}${keepAlive ? '' : ' close'}`
        ),
      onBody: (chunk) => {
        body += chunk.toString('latin1')
      },
      onComplete: (trailers, extra) => {
        flush()
        over = true
        events.push(`end ${trailers.join('|')}${extra ? 'extra' : ''}`)
      },
      onSwitch: ({ status }, rest) => {
        over = switched = true
        body += rest.toString('latin1')
        events.push(`switch ${status}`)
      },
      onBadAnswer: () => {
        flush()
        over = true
        events.push('bad')
      }
    },
    limits
  )
  parser.start(expectation.method ?? 'GET', expectation.upgrade ?? false)
  for (const piece of pieces) {
    const wasOver = over
    parser.read(piece)
    // A piece that comes when all was told is what `extra` tells when it comes in one piece.
    if (!wasOver || piece.length === 0) continue
    if (switched) body += piece.toString('latin1')
    else markExtra(events)
  }
  flush()
  if (expectation.fin === true) events.push(parser.end() ? 'until close' : 'cut')
  return events
}

function markExtra(events: string[]): void {
  const last = events.at(-1) ?? ''
  if (last.startsWith('end') && !last.endsWith('extra')) events[events.length - 1] = `${last}extra`
}
