import assert from 'node:assert/strict'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { OK } from '../support/scripted-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** HTTP/1.0 on either side, and what it lacks. */
export function versionCases(open: OpenFrontDoor): void {
  blackBox('HTTP/1.0: closed after the answer, unless keep-alive is asked for', async (t) => {
    const { task, client } = await openStage(t, open)
    const once = client()
    once.send('GET / HTTP/1.0\r\nHost: myapp.local\r\n\r\n')
    assert.equal((await once.answer()).body, 'ok')
    assert.equal(await once.closed, 'end')
    const kept = client()
    for (let i = 0; i < 2; i++) {
      kept.send('GET / HTTP/1.0\r\nHost: myapp.local\r\nConnection: keep-alive\r\n\r\n')
      const { field, body } = await kept.answer()
      assert.equal(body, 'ok')
      assert.match(field('connection') ?? '', /keep-alive/i)
    }
    assert.equal(task.requests.length, 3)
  })

  for (const fields of [
    'Connection: keep-alive\r\nConnection: close',
    'Connection: close, keep-alive'
  ]) {
    blackBox(`HTTP/1.0 with ${JSON.stringify(fields)} is closed after the answer`, async (t) => {
      const { client } = await openStage(t, open)
      for (const host of ['myapp.local', 'nobody.local', '}']) {
        const { send, answer, closed } = client()
        send(`PUT / HTTP/1.0\r\nHost: ${host}\r\n${fields}\r\n\r\n`)
        assert.match((await answer()).field('connection') ?? '', /^close$/i)
        assert.equal(await closed, 'end')
      }
    })
  }

  blackBox('HTTP/1.0 without Host reaches an app that answers on every host', async (t) => {
    const { task, client } = await openStage(t, open, { labels: { 'gateway.path': '/' } })
    const { send, answer } = client()
    send('GET /x HTTP/1.0\r\n\r\n')
    assert.equal((await answer()).status, 200)
    assert.match(task.bytes[0] ?? '', /^GET \/x HTTP\/1\.1\r\nHost: ?\r\n/)
  })

  blackBox(
    'HTTP/1.0 gets a chunked answer unchunked, trailers left out, and a close',
    async (t) => {
      const script =
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n'
      const { client } = await openStage(t, open, { script })
      const { send, answer, closed } = client()
      send('GET / HTTP/1.0\r\nHost: myapp.local\r\nConnection: keep-alive\r\n\r\n')
      assert.equal(await closed, 'end')
      const { status, body, field } = await answer()
      assert.equal(status, 200)
      assert.equal(body, 'abc')
      assert.equal(field('transfer-encoding'), undefined)
      assert.equal(field('trailer'), undefined)
    }
  )

  blackBox('HTTP/1.0 with a body and Expect: the body is sent, no 1xx comes back', async (t) => {
    const { task, client } = await openStage(t, open, {
      script: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}`
    })
    const { send, answer } = client()
    send(
      'POST / HTTP/1.0\r\nHost: myapp.local\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi'
    )
    assert.equal((await answer()).status, 200)
    assert.equal(task.requests[0]?.body, 'hi')
  })

  blackBox('an answer that lasts until the task closes arrives whole', async (t) => {
    const { client } = await openStage(t, open, {
      script: (_, { socket }) => {
        socket.end('HTTP/1.1 200 OK\r\n\r\nuntil close')
        return undefined
      }
    })
    const { send, answer } = client()
    send(request('GET /'))
    const { body, field } = await answer()
    assert.equal(body, 'until close')
    assert.equal(field('transfer-encoding'), 'chunked')
    const old = client()
    old.send('GET / HTTP/1.0\r\nHost: myapp.local\r\n\r\n')
    await old.closed
    assert.equal((await old.answer()).body, 'until close')
  })

  blackBox('HTTP/1.0 answers of a task are forwarded as HTTP/1.1', async (t) => {
    const { client } = await openStage(t, open, {
      script: (_, { socket }) => {
        socket.end('HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold')
        return undefined
      }
    })
    const { send, answer } = client()
    send(request('GET /'))
    assert.equal((await answer()).body, 'old')
  })
}
