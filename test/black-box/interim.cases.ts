import assert from 'node:assert/strict'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { OK } from '../support/scripted-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Trailers, Expect and 1xx answers pass end to end. */
export function interimCases(open: OpenFrontDoor): void {
  blackBox(
    'trailers of a request pass, except those that mean something at the head',
    async (t) => {
      const { task, client } = await openStage(t, open)
      const { send, answer } = client()
      const trailers = [
        'X-Sum: 1',
        'Host: evil',
        'Authorization: Basic eA==',
        'X-Forwarded-For: 6.6.6.6',
        'X_Forwarded_For: 6.6.6.6',
        'Cookie: a=b',
        'X-Other: 2'
      ]
      const head = request(
        'POST /',
        'Transfer-Encoding: chunked',
        'Trailer: X-Sum, Host, X-Other',
        'TE: trailers, gzip'
      )
      send(`${head}2\r\nhi\r\n0\r\n${trailers.join('\r\n')}\r\n\r\n`)
      await answer()
      const { trailers: passed, fields = [] } = task.requests[0] ?? {}
      assert.deepEqual(passed, [
        ['x-sum', '1'],
        ['x-other', '2']
      ])
      const one = (name: string) => fields.find(([own]) => own === name)?.[1]
      assert.equal(one('trailer'), 'X-Sum, X-Other')
      assert.equal(one('te'), 'trailers')
    }
  )

  blackBox(
    'trailers of an answer pass, except those that mean something at the head',
    async (t) => {
      const script = [
        'HTTP/1.1 200 OK',
        'Transfer-Encoding: chunked',
        'Trailer: X-Sum, Content-Length, Set-Cookie',
        '',
        '2',
        'hi',
        '0',
        'X-Sum: 1',
        'Content-Length: 9',
        'Set-Cookie: a=b',
        'X-sum: 2',
        '',
        ''
      ].join('\r\n')
      const { client } = await openStage(t, open, { script })
      const { send, answer } = client()
      send(request('GET /'))
      const { trailers, field, body } = await answer()
      assert.equal(body, 'hi')
      assert.deepEqual(trailers, ['X-Sum: 1', 'X-sum: 2'])
      assert.equal(field('trailer'), 'X-Sum')
    }
  )

  blackBox('Trailer is dropped where no trailers can follow', async (t) => {
    const script = 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nContent-Length: 2\r\n\r\nok'
    const { task, client } = await openStage(t, open, { script })
    const { send, answer } = client()
    send(`${request('POST /', 'Trailer: X-Sum', 'Content-Length: 2')}hi`)
    assert.equal((await answer()).field('trailer'), undefined)
    assert.doesNotMatch(task.bytes[0] ?? '', /Trailer/i)
  })

  blackBox('framing fields among the trailers never reach a task', async (t) => {
    const { task, client } = await openStage(t, open)
    for (const trailer of ['Transfer-Encoding: chunked', 'Content-Length: 3']) {
      const { send, answer } = client()
      const head = request('POST /', 'Transfer-Encoding: chunked')
      send(`${head}2\r\nhi\r\n0\r\n${trailer}\r\n\r\n`)
      await answer()
    }
    for (const { trailers } of task.requests) assert.deepEqual(trailers, [])
  })

  expectCases(open)

  blackBox('103 Early Hints are relayed at once, with their fields', async (t) => {
    let say: () => void = () => undefined
    const { client } = await openStage(t, open, {
      script: (_, { socket }) => {
        socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </b.css>\r\n\r\n')
        say = () => void socket.write(OK)
        return undefined
      }
    })
    const { send, answer } = client()
    send(request('GET /'))
    const hints = await answer()
    assert.equal(hints.status, 103)
    assert.equal(hints.field('link'), '</a.css>, </b.css>')
    say()
    assert.equal((await answer()).body, 'ok')
  })

  blackBox('a 100 that nobody asked for is not relayed', async (t) => {
    const { client } = await openStage(t, open, { script: `HTTP/1.1 100 Continue\r\n\r\n${OK}` })
    const { send, answer } = client()
    send(request('GET /'))
    assert.equal((await answer()).status, 200)
  })
}

function expectCases(open: OpenFrontDoor): void {
  blackBox('Expect: 100-continue goes to the task, and its 100 comes back', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer, received } = client()
    send(request('POST /', 'Content-Length: 5', 'Expect: 100-continue'))
    const connection = await task.connection(0)
    const head = await connection.until('\r\n\r\n')
    assert.match(head, /\r\nExpect: 100-continue\r\n/i)
    assert.equal(received(), '')
    connection.socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    assert.equal((await answer()).status, 100)
    send('hello')
    assert.equal((await answer()).status, 200)
    assert.equal(task.requests[0]?.body, 'hello')
  })

  for (const status of ['417 Expectation Failed', '413 Content Too Large']) {
    blackBox(`a task may refuse an expectation with ${status}, unread`, async (t) => {
      const { task, client } = await openStage(t, open)
      const { send, answer, closed } = client()
      send(request('POST /', 'Content-Length: 1000000', 'Expect: 100-continue'))
      const connection = await task.connection(0)
      await connection.until('\r\n\r\n')
      connection.socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`)
      const refusal = await answer()
      assert.equal(refusal.status, Number(status.slice(0, 3)))
      assert.equal(refusal.body, 'no')
      // The body may still come or not: only a new connection is unambiguous.
      await closed
      await connection.closed
    })
  }

  blackBox('another expectation is refused with a code', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(request('GET /', 'Expect: 200-ok'))
    const { status, body } = await answer()
    assert.equal(status, 417)
    assert.match(body, /GW_EXPECTATION/)
    assert.equal(task.requests.length, 0)
  })
}
