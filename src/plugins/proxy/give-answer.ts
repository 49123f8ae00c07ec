import type { IncomingMessage, ServerResponse } from 'node:http'
import { closeAfter, isUnread } from './closing.ts'
import type { OwnAnswer } from './own-answer.ts'

/** Answers a request that no task answers. What of its body is unread is not waited for. */
export function giveAnswer(
  req: IncomingMessage,
  res: ServerResponse,
  { status, fields, body }: OwnAnswer
): void {
  if (isUnread(req)) {
    closeAfter(req, res)
    req.resume()
  }
  res.writeHead(status, [...fields, 'Content-Length', `${Buffer.byteLength(body)}`])
  res.end(req.method === 'HEAD' ? undefined : body)
}
