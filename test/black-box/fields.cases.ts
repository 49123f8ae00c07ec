import assert from 'node:assert/strict'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { rawClient } from '../support/raw-client.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Header fields: what passes, what is set, what is removed. */
export function fieldCases(open: OpenFrontDoor): void {
  blackBox('fields pass in their order and case, duplicates too', async (t) => {
    const script =
      'HTTP/1.1 200 OK\r\nx-B: 1\r\nX-A: 2\r\nx-b: 3\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: t\r\nContent-Length: 0\r\n\r\n'
    const { task, client } = await openStage(t, open, { script })
    const { send, answer } = client()
    send(request('GET /', 'x-Zz: 1', 'X-A:  two  words ', 'x-zz: \xe9', 'Cookie: a=b; c=d'))
    const { head } = await answer()
    assert.match(
      task.bytes[0] ?? '',
      /\r\nx-Zz: 1\r\nX-A: two {2}words\r\nx-zz: \xe9\r\nCookie: a=b; c=d\r\n/
    )
    assert.match(
      head,
      /\r\nx-B: 1\r\nX-A: 2\r\nx-b: 3\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: t\r\n/
    )
  })

  blackBox('Host is preserved', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send('GET / HTTP/1.1\r\nhost: MyApp.Local:8888\r\n\r\n')
    await answer()
    assert.match(task.bytes[0] ?? '', /\r\nHost: MyApp\.Local:8888\r\n/)
  })

  blackBox('the task’s own address is sent as Host where that is asked for', async (t) => {
    const { task, client } = await openStage(t, open, { proxy: { hostHeader: 'endpoint' } })
    const { send, answer } = client()
    send(request('GET /'))
    await answer()
    assert.deepEqual(values(task.requests[0], 'host'), [`127.0.0.1:${task.port}`])
    assert.deepEqual(values(task.requests[0], 'x-forwarded-host'), ['myapp.local'])
  })

  blackBox('X-Forwarded-* are set, and what a stranger says in them is replaced', async (t) => {
    const { door, task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(
      request(
        'GET /',
        'X-Forwarded-For: 6.6.6.6',
        'x-forwarded-proto: https',
        'X-Forwarded-Host: evil',
        'X-Forwarded-Port: 1',
        'X-Forwarded-Prefix: /evil',
        'X_Forwarded_For: 6.6.6.6',
        'Forwarded: for=6.6.6.6',
        'X-Real-IP: 6.6.6.6',
        'Proxy: evil'
      )
    )
    await answer()
    const [seen] = task.requests
    assert.deepEqual(values(seen, 'x-forwarded-for'), ['127.0.0.1'])
    assert.deepEqual(values(seen, 'x-forwarded-proto'), ['http'])
    assert.deepEqual(values(seen, 'x-forwarded-host'), ['myapp.local'])
    assert.deepEqual(values(seen, 'x-forwarded-port'), [`${door.port}`])
    assert.doesNotMatch(task.bytes[0] ?? '', /evil|6\.6\.6\.6/)
  })

  blackBox('X-Forwarded-* of a configured proxy are believed and continued', async (t) => {
    const proxy = { trustedProxies: ['10.0.0.0/8', '127.0.0.1'] }
    const { task, client } = await openStage(t, open, { proxy })
    const { send, answer } = client()
    send(
      request(
        'GET /',
        'X-Forwarded-For: 6.6.6.6',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: shop.example.com',
        'X-Forwarded-Port: 443',
        'X_Forwarded_Proto: http',
        'Proxy: evil'
      )
    )
    await answer()
    const [seen] = task.requests
    assert.deepEqual(values(seen, 'x-forwarded-for'), ['6.6.6.6, 127.0.0.1'])
    assert.deepEqual(values(seen, 'x-forwarded-proto'), ['https'])
    assert.deepEqual(values(seen, 'x-forwarded-host'), ['shop.example.com'])
    assert.deepEqual(values(seen, 'x-forwarded-port'), ['443'])
    assert.doesNotMatch(task.bytes[0] ?? '', /evil|X_Forwarded/)
  })

  hopByHopCases(open)
  appIdCases(open)
}

function hopByHopCases(open: OpenFrontDoor): void {
  blackBox('hop-by-hop fields and those Connection names are removed both ways', async (t) => {
    const script =
      'HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nKeep-Alive: timeout=77\r\nX-Hop: 1\r\nUpgrade: h2c\r\nProxy-Connection: close\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n'
    const { task, client } = await openStage(t, open, { script })
    const { send, answer } = client()
    send(
      request(
        'GET /',
        'Connection: X-Hop, keep-alive',
        'connection: x-two',
        'Keep-Alive: timeout=9',
        'X-Hop: 1',
        'X-Two: 2',
        'TE: gzip',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic eA==',
        'X-Kept: 1'
      )
    )
    const { field } = await answer()
    const names = task.requests[0]?.fields.map(([name]) => name)
    assert.deepEqual(names, [
      'host',
      'x-kept',
      'x-forwarded-for',
      'x-forwarded-proto',
      'x-forwarded-host',
      'x-forwarded-port'
    ])
    assert.equal(field('x-hop'), undefined)
    assert.equal(field('upgrade'), undefined)
    assert.equal(field('proxy-connection'), undefined)
    assert.equal(field('x-kept'), '1')
    assert.doesNotMatch(field('keep-alive') ?? '', /77/)
    assert.doesNotMatch(field('connection') ?? '', /x-hop/i)
  })

  blackBox('no client can have a managed field, Host or framing removed', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    const named = 'Host, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Content-Length'
    send(`${request('POST /', `Connection: close, ${named}`, 'Content-Length: 2')}hi`)
    await answer()
    const [seen] = task.requests
    assert.equal(seen?.body, 'hi')
    assert.deepEqual(values(seen, 'host'), ['myapp.local'])
    assert.deepEqual(values(seen, 'x-forwarded-for'), ['127.0.0.1'])
    assert.deepEqual(values(seen, 'x-forwarded-proto'), ['http'])
  })
}

function appIdCases(open: OpenFrontDoor): void {
  blackBox('X-Marathon-App-Id routes only on a listener that allows it', async (t) => {
    const listeners = [{ host: '127.0.0.1', port: 0, appIdHeader: true }]
    const { door, task } = await openStage(t, open, { proxy: { listeners } })
    const bytes = 'GET / HTTP/1.1\r\nHost: nobody.test\r\nX-Marathon-App-Id: /myapp\r\n\r\n'
    const strangers = rawClient(t, door.ports[0] ?? 0)
    strangers.send(bytes)
    assert.equal((await strangers.answer()).status, 404)
    const friends = rawClient(t, door.ports[1] ?? 0)
    friends.send(bytes)
    assert.equal((await friends.answer()).status, 200)
    assert.equal(task.requests.length, 1)
    friends.send(bytes.replace('/myapp', '/other'))
    assert.equal((await friends.answer()).status, 404)
  })
}

function values(
  request: { readonly fields: readonly (readonly [string, string])[] } | undefined,
  name: string
): string[] {
  return (request?.fields ?? []).filter(([one]) => one === name).map(([, value]) => value)
}
