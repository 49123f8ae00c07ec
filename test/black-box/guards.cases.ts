import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import type { RawAnswer } from '../support/raw-client.ts'
import { blackBox, openStage, request, type Stage } from '../support/stage.ts'

/** Of `Hello world!`, 5000 rounds. */
const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
/** The same with 10000 rounds: several milliseconds of CPU. */
const SLOW_HASH =
  '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.'
const AUTH = { 'gateway.auth': `shop:ann:${HASH}` }
const PASSWORD = 'Hello world!'
const TRUSTED = { trustedProxies: ['127.0.0.1'] }

function basic(user: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function ask(stage: Stage, ...fields: readonly string[]): Promise<RawAnswer> {
  const { send, answer } = stage.client()
  send(request('GET /', ...fields))
  return answer()
}

/** What keeps clients out: networks, passwords, TLS. */
export function guardCases(open: OpenFrontDoor): void {
  passwordCases(open)
  crowdCases(open)
  networkCases(open)
  secureCases(open)
}

function passwordCases(open: OpenFrontDoor): void {
  blackBox('no, a wrong or a malformed password is 401 with a challenge', async (t) => {
    const stage = await openStage(t, open, { labels: AUTH })
    const refused = [
      [],
      [basic('ann', 'wrong')],
      [basic('bob', PASSWORD)],
      [basic('', PASSWORD)],
      ['Authorization: Bearer abc'],
      ['Authorization: Basic !!!'],
      ['Authorization: Basic '],
      [basic('ann', PASSWORD), basic('ann', PASSWORD)],
      [basic('ann', `${PASSWORD}${'x'.repeat(600)}`)]
    ]
    for (const fields of refused) {
      const { status, body, field } = await ask(stage, ...fields)
      assert.equal(status, 401, fields.join())
      assert.match(body, /GW_UNAUTHORIZED/)
      assert.equal(field('www-authenticate'), 'Basic realm="shop", charset="UTF-8"')
    }
    assert.equal(stage.task.requests.length, 0)
  })

  blackBox('the right password enters, again and again, and the task sees it', async (t) => {
    const stage = await openStage(t, open, { labels: AUTH })
    for (let i = 0; i < 3; i += 1) {
      assert.equal((await ask(stage, basic('ann', PASSWORD))).status, 200)
      assert.equal((await ask(stage, basic('ann', 'wrong'))).status, 401)
    }
    assert.equal(stage.task.requests.length, 3)
    assert.match(stage.task.bytes[0] ?? '', /^Authorization: Basic /m)
  })

  blackBox('a changed hash shuts out who entered before', async (t) => {
    const stage = await openStage(t, open, { labels: AUTH })
    assert.equal((await ask(stage, basic('ann', PASSWORD))).status, 200)
    const other = '$5$ab$WGOp4rrnVkzd41QtCddYFTEQ9dQil8O7VF2OXqtI3/7'
    const labels = { 'gateway.auth': `shop:ann:${other}` }
    await stage.door.publish([{ id: '/myapp', labels, ports: [stage.task.port] }])
    assert.equal((await ask(stage, basic('ann', PASSWORD))).status, 401)
    assert.equal((await ask(stage, basic('ann', 'a'))).status, 200)
  })

  blackBox('a websocket is not upgraded before its password is right', async (t) => {
    const stage = await openStage(t, open, {
      labels: AUTH,
      script: () => 'HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
    })
    const handshake = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    ]
    assert.equal((await ask(stage, ...handshake)).status, 401)
    assert.equal((await ask(stage, ...handshake, basic('ann', 'wrong'))).status, 401)
    assert.equal(stage.task.requests.length, 0)
    assert.equal((await ask(stage, ...handshake, basic('ann', PASSWORD))).status, 101)
  })

  blackBox('a body that waits for its password arrives whole', async (t) => {
    const stage = await openStage(t, open, { labels: AUTH })
    const { send, answer } = stage.client()
    send(request('POST /', basic('ann', PASSWORD), 'Content-Length: 5'))
    send('hello')
    assert.equal((await answer()).status, 200)
    assert.match(stage.task.bytes[0] ?? '', /\r\n\r\nhello$/)
  })
}

function crowdCases(open: OpenFrontDoor): void {
  blackBox('many passwords at once leave the event loop free', async (t) => {
    const labels = { 'gateway.auth': `shop:ann:${SLOW_HASH}` }
    const stage = await openStage(t, open, { labels })
    assert.equal((await ask(stage, basic('ann', PASSWORD))).status, 200)
    let finished = 0
    const crowd = Array.from({ length: 20 }, async (_, i) => {
      const { status } = await ask(stage, basic('ann', `wrong ${i}`))
      finished += 1
      return status
    })
    const known = await ask(stage, basic('ann', PASSWORD))
    // On the event loop, all checks that were asked before would be done before.
    assert.ok(finished < 10, `${finished} of 20 checks went first`)
    assert.equal(known.status, 200)
    assert.deepEqual(new Set(await Promise.all(crowd)), new Set([401]))
  })

  blackBox('more passwords than can wait are 503 GW_GUARD_BUSY', async (t) => {
    const labels = { 'gateway.auth': `shop:ann:${SLOW_HASH}` }
    const stage = await openStage(t, open, { labels })
    // Of one connection, the wire lane has 16 under way.
    const clients = Array.from({ length: 40 }, (_, of) => {
      const client = stage.client()
      const heads = Array.from({ length: 10 }, (_, i) =>
        request('GET /', basic('ann', `${of} ${i}`))
      )
      client.send(heads.join(''))
      return client
    })
    const isBusy = () => clients.some(({ received }) => received().includes('GW_GUARD_BUSY'))
    await eventually('503 GW_GUARD_BUSY', isBusy)
  })
}

function networkCases(open: OpenFrontDoor): void {
  const cases: readonly (readonly [
    name: string,
    networks: string,
    status: number,
    forwardedFor?: string
  ])[] = [
    ['a client of the network enters', '127.0.0.0/8', 200],
    ['a client of another network is refused', '10.0.0.0/8', 403],
    ['one address is a network', '127.0.0.1', 200],
    ['networks of IPv6 let no IPv4 client in', '::/0', 403],
    ['the nearest address that is no trusted proxy counts', '192.0.2.0/24', 200, '192.0.2.1'],
    ['what the client wrote before it does not count', '10.0.0.0/8', 403, '10.0.0.1, 192.0.2.1'],
    ['trusted proxies in the chain are passed over', '192.0.2.0/24', 200, '192.0.2.1, 127.0.0.1'],
    ['IPv6', '2001:db8::/32', 200, '2001:DB8::1'],
    ['another IPv6 network', '2001:db8::/32', 403, '2001:db9::1'],
    ['IPv4 in IPv6 is IPv4', '192.0.2.0/24', 200, '::ffff:192.0.2.7'],
    ['what is no address is refused', '0.0.0.0/0', 403, 'unknown'],
    ['an empty chain is refused', '127.0.0.0/8', 403, ' ']
  ]
  for (const [name, networks, status, forwardedFor] of cases) {
    blackBox(`networks: ${name}`, async (t) => {
      const labels = { 'gateway.networks': networks }
      const proxy = forwardedFor === undefined ? {} : TRUSTED
      const stage = await openStage(t, open, { labels, proxy })
      const fields = forwardedFor === undefined ? [] : [`X-Forwarded-For: ${forwardedFor}`]
      const answer = await ask(stage, ...fields)
      assert.equal(answer.status, status)
      if (status === 403) assert.match(answer.body, /GW_FORBIDDEN/)
    })
  }

  blackBox('networks: a peer that is not trusted can claim no address', async (t) => {
    const stage = await openStage(t, open, { labels: { 'gateway.networks': '10.0.0.0/8' } })
    assert.equal((await ask(stage, 'X-Forwarded-For: 10.0.0.1')).status, 403)
  })
}

function secureCases(open: OpenFrontDoor): void {
  const labels = { 'gateway.https': 'redirect', 'gateway.hsts': '300' }
  const https = 'X-Forwarded-Proto: https'

  blackBox('https: without TLS the route is closed', async (t) => {
    const stage = await openStage(t, open, { labels })
    const answer = await ask(stage, https)
    assert.equal(answer.status, 503)
    assert.match(answer.body, /GW_GUARD_INVALID/)
    assert.equal(stage.task.requests.length, 0)
  })

  blackBox('https: a trusted proxy with TLS in front opens it, with HSTS', async (t) => {
    const script =
      'HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n'
    const stage = await openStage(t, open, { labels, proxy: TRUSTED, script })
    const answer = await ask(stage, https)
    assert.equal(answer.status, 200)
    assert.equal(answer.field('strict-transport-security'), 'max-age=300')
    assert.equal((await ask(stage, 'X-Forwarded-Proto: http')).status, 503)
    assert.equal((await ask(stage, 'X-Forwarded-Proto: https, http')).status, 503)
  })

  blackBox('hsts: never sent in the clear, not even by the task', async (t) => {
    const script =
      'HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n'
    const stage = await openStage(t, open, { labels: { 'gateway.hsts': '300' }, script })
    const answer = await ask(stage)
    assert.equal(answer.status, 200)
    assert.equal(answer.field('strict-transport-security'), undefined)
  })

  blackBox('a wrong guard closes the route', async (t) => {
    const stage = await openStage(t, open, { labels: { 'gateway.auth': 'shop:ann:secret' } })
    const answer = await ask(stage, basic('ann', 'secret'))
    assert.equal(answer.status, 503)
    assert.match(answer.body, /GW_GUARD_INVALID/)
  })
}
