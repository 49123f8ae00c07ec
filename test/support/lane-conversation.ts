import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { closingAnswers, type LaneCase, laneAnswers } from './lane-cases.ts'
import { type RawTask, startRawTask } from './raw-task.ts'
import { readStrictly, type StrictRequest } from './strict-request-reader.ts'

/** A task that answers what each request asks for in `X-Answer`, and records whole requests. */
export interface LaneTask extends RawTask {
  /** What came since it was asked last, each as text that can be compared; in no order. */
  taken(): string[]
}

export async function startLaneTask(): Promise<LaneTask> {
  let seen: string[] = []
  const task = await startRawTask((connection) => {
    const { requests, fault } = readStrictly(connection.received())
    if (fault !== undefined) seen.push(`FAULT ${fault}`)
    const [request] = requests
    if (request === undefined) return
    connection.clear()
    seen.push(textOf(request))
    const name = request.fields.find(([field]) => field === 'x-answer')?.[1] ?? 'ok'
    const answer = laneAnswers[name] ?? laneAnswers['ok'] ?? ''
    if (closingAnswers.has(name)) connection.socket.end(answer, 'latin1')
    else connection.socket.write(answer, 'latin1')
  })
  return {
    ...task,
    taken() {
      const taken = seen.sort()
      seen = []
      return taken
    }
  }
}

function textOf({ method, target, fields, body, trailers }: StrictRequest): string {
  const kept = fields.filter(([name]) => name !== 'x-forwarded-port')
  return JSON.stringify({ method, target, fields: kept, body, trailers })
}

const LIMIT_MS = 20_000

/** Sends a case. @returns all that came back until the other side closed */
export function converse(
  port: number,
  localAddress: string,
  { pieces }: LaneCase
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({
      port,
      localAddress,
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true
    })
    let text = ''
    const over = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
    })
    socket.on('end', over).on('error', over).on('close', over)
    socket.setTimeout(LIMIT_MS, over)
    socket.once('connect', async () => {
      for (const piece of pieces) {
        socket.write(piece, 'latin1')
        // Else the kernel would put them together again.
        for (let i = 0; i < 3; i += 1) await turn()
      }
    })
  })
}

/** What one lane made of a case. */
export interface LaneResult {
  readonly answers: string
  readonly taken: readonly string[]
}

/** Whether two lanes made the same of a case, apart from what is a matter of time. */
export function sameMeaning(one: LaneResult, other: LaneResult, of: LaneCase): boolean {
  const [a, b] = [timeless(one.answers, of), timeless(other.answers, of)]
  if (!of.endsByTime) return a === b && isSame(one.taken, other.taken)
  const [c, d] = [withoutEnd(a), withoutEnd(b)]
  return (c.startsWith(d) || d.startsWith(c)) && holdsAll(one.taken, other.taken)
}

function timeless(answers: string, { pipelined }: LaneCase): string {
  return answers
    .replaceAll(pipelined ? /HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n/g : /^$/g, '')
    .replaceAll(/\r\nDate: [^\r]* GMT/g, '\r\nDate: X')
    .replaceAll(/gw=[^;]+;/g, 'gw=X;')
    .replaceAll(CHUNKED_BODY, (_, head: string, body: string) => head + unchunked(body))
}

/** A refusal behind other answers goes, and so does what says that no other answer follows. */
function withoutEnd(answers: string): string {
  const refused = answers.search(/HTTP\/1\.1 \d+ Refused\r\n/)
  const kept = refused > 0 ? answers.slice(0, refused) : answers
  return kept.replaceAll(/\r\n(?:Connection|Keep-Alive): [^\r]*/g, '')
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** One of them has everything that the other has. */
function holdsAll(one: readonly string[], other: readonly string[]): boolean {
  const [few, many] = one.length < other.length ? [one, other] : [other, one]
  return few.every((text) => many.includes(text))
}

const CHUNKED_BODY = /(transfer-encoding: chunked\r\n\r\n)((?:[0-9a-f]+\r\n[\s\S]*?\r\n)*?0\r\n)/gi

/** Where one chunk ends and the next begins is nobody's business. */
function unchunked(body: string): string {
  return body.replaceAll(/(?:^|\r\n)[0-9a-f]+\r\n/g, '|').replaceAll('|', '')
}
