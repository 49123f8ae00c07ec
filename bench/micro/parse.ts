import { AnswerParser, type AnswerSink } from '../../src/gateway/http/upstream/answer-parser.ts'
import { parsePlainHead } from '../../src/plugins/proxy/wire/request-head.ts'
import type { MicroCase } from './micro-case.ts'

const REQUEST = [
  'GET /articles/2024/07/a-long-name-of-an-article?page=2&sort=asc HTTP/1.1',
  'Host: myapp.example.com',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.5',
  'Accept-Encoding: gzip, deflate, br',
  'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
  'Connection: keep-alive',
  ''
].join('\r\n')

const ANSWER = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'Content-Type: text/plain; charset=utf-8',
    'Date: Mon, 01 Jan 2024 00:00:00 GMT',
    'ETag: "0123456789abcdef"',
    'Content-Length: 150',
    '',
    'x'.repeat(150)
  ].join('\r\n')
)

/** Reading heads as the lanes do. */
export function parseCases(): MicroCase[] {
  let complete = 0
  const sink: AnswerSink = {
    onInformational: () => undefined,
    onAnswerHead: () => undefined,
    onBody: () => undefined,
    onComplete: () => {
      complete++
    },
    onSwitch: () => undefined,
    onBadAnswer: (fault) => {
      throw new Error(fault)
    }
  }
  const parser = new AnswerParser(sink, {
    maxHeadBytes: 32_768,
    maxTrailerBytes: 32_768,
    maxFields: 200,
    maxInformational: 16
  })
  return [
    {
      name: 'head of a browser’s request',
      run() {
        const head = parsePlainHead(REQUEST, 200)
        if (head === undefined) throw new Error('the head is not plain')
        return head
      }
    },
    {
      name: 'answer of a task, 150 B',
      run() {
        parser.start('GET', false)
        const before = complete
        parser.read(ANSWER)
        if (complete === before) throw new Error('the answer is not complete')
        return complete
      }
    }
  ]
}
