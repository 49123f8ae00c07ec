import { forwardedResponseHeaders } from '../hop-by-hop.ts'
import type { AnswerFraming } from './answer-framing.ts'
import type { AnswerHead } from './answer-head.ts'
import type { ExchangeHandler } from './exchange.ts'

/** Tells a 1xx without what is between us and the task alone. */
export function tellInformational(handler: ExchangeHandler, head: AnswerHead): void {
  const headers = forwardedResponseHeaders(head.headers, { trailers: false })
  handler.onInformational(head.status, head.reason, headers)
}

/** Tells the final head without framing and what is between us and the task alone. */
export function tellHead(handler: ExchangeHandler, head: AnswerHead, framing: AnswerFraming): void {
  const headers = forwardedResponseHeaders(head.headers, { trailers: framing.body === 'chunked' })
  handler.onHead(head.status, head.reason, headers, framing.length, framing.contentLength)
}
