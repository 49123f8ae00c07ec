import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frontDoorOf } from '../long/fuzz/front-door.ts'
import { mayStayOpen, unsafeReason } from '../long/fuzz/judge.ts'
import { fuzzMessages } from '../long/fuzz/messages.ts'
import { fuzzCase } from '../long/fuzz/mutate.ts'
import { readByReference } from '../long/fuzz/reference-reader.ts'
import { faultsOf, reportText } from '../long/fuzz/report.ts'
import { runFuzz } from '../long/fuzz/run-fuzz.ts'
import { readStrictly, type StrictRequest } from '../support/strict-request-reader.ts'

/** Of each lane; the long form is `npm run fuzz:front-door`. */
const REQUESTS = Number(process.env['RUNS'] ?? 2000)
const SEED = Number(process.env['SEED'] ?? 1)
const LIMIT_MS = 70_000
/** However slow the machine. */
const FEWEST = 500

for (const lane of ['wire', 'full'] as const) {
  test(`${lane} lane: no mutated request crashes it, or is forwarded so that it fools a task`, async (t) => {
    const report = await runFuzz(frontDoorOf(lane), {
      ...{ seed: SEED, from: 0, to: REQUESTS, clients: 48 },
      signal: AbortSignal.timeout(LIMIT_MS)
    })
    t.diagnostic(reportText(lane, SEED, report))
    assert.deepEqual(faultsOf(report), [])
    assert.ok(report.sent >= Math.min(FEWEST, REQUESTS), `${report.sent} sent`)
    assert.ok(report.forwarded > report.sent / 20, 'most were refused before they were read')
  })
}

test('a case is the same for the same seed and number', () => {
  assert.deepEqual(fuzzCase(3, 17, fuzzMessages), fuzzCase(3, 17, fuzzMessages))
  assert.notDeepEqual(fuzzCase(3, 17, fuzzMessages), fuzzCase(4, 17, fuzzMessages))
})

const HEAD = 'Host: a.test\r\n'

test('the reference reader stops where the grammar does', () => {
  const cases: readonly (readonly [sent: string, bodies: readonly string[], end: string])[] = [
    [`GET / HTTP/1.1\r\n${HEAD}\r\n`, [''], 'clean'],
    [`\r\nGET http://b.test HTTP/1.0\r\n\r\n`, [''], 'clean'],
    [`POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET`, ['ab'], 'incomplete'],
    [`POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab`, [], 'incomplete'],
    [
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nB: c\r\n\r\n`,
      ['a'],
      'clean'
    ],
    [`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`, [], 'fault'],
    [`POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n`, [], 'fault'],
    [`GET  / HTTP/1.1\r\n\r\n`, [''], 'clean'],
    [`GET /  HTTP/1.1\r\n\r\n`, [''], 'clean'],
    [`GET / HTTP/1.1\nHost: a\r\n\r\n`, [], 'fault'],
    [`GET / HTTP/1.1\r\nHost : a\r\n\r\n`, [], 'fault']
  ]
  for (const [sent, bodies, end] of cases) {
    const reading = readByReference(sent)
    assert.deepEqual([reading.requests.map(({ body }) => body), reading.end], [bodies, end], sent)
  }
})

const CLIENT = '127.64.1.1'
const OWN = `X-Forwarded-For: ${CLIENT}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: 80\r\n`

const INNER = `GET /b HTTP/1.1\r\n${HEAD}\r\n`

function taken(...texts: readonly string[]): StrictRequest[] {
  return texts.flatMap((text) => readStrictly(text).requests)
}

test('what may fool a task is told from what may not', () => {
  const sent = `POST /a HTTP/1.1\r\n${HEAD}X-A: 1\r\nContent-Length: ${INNER.length}\r\n\r\n${INNER}`
  const good = `POST /a HTTP/1.1\r\n${HEAD}X-A: 1\r\n${OWN}Content-Length: ${INNER.length}\r\n\r\n${INNER}`
  const reason = (...texts: readonly string[]) => unsafeReason(sent, taken(...texts), CLIENT)
  assert.equal(reason(), undefined)
  assert.equal(reason(good), undefined)
  const inner = `GET /b HTTP/1.1\r\n${HEAD}${OWN}\r\n`
  assert.match(reason(good, inner) ?? '', /the task got .*\/b/)
  assert.match(reason(good, good) ?? '', /the task got/)
  assert.match(reason(good.replace('X-A: 1', 'X-A: 2')) ?? '', /the task got/)
  assert.match(reason(good.replace(CLIENT, '6.6.6.6')) ?? '', /forged x-forwarded-for/)
  assert.match(reason(good.replace('X-A: 1', 'X_Real_IP: 1')) ?? '', /had to go: x_real_ip/)
  assert.match(reason(good.replace('X-A: 1', 'Transfer_Encoding: 1')) ?? '', /had to go/)
  assert.match(reason(good.replace(OWN, '')) ?? '', /not exactly one/)
})

test('requests are told apart in whatever order a task got them', () => {
  const text = (fields: string) => `POST / HTTP/1.1\r\n${HEAD}${fields}\r\n`
  const sent = text('X-A: 1\r\n') + text('X-A: 2\r\n') + text('')
  const got = ['', 'X-A: 1\r\n', 'X-A: 2\r\n'].map((fields) => text(fields + OWN))
  assert.equal(unsafeReason(sent, taken(...got), CLIENT), undefined)
  assert.equal(unsafeReason(sent, taken(...got.toReversed()), CLIENT), undefined)
  assert.match(unsafeReason(sent, taken(...got, text(OWN)), CLIENT) ?? '', /the task got/)
  assert.match(
    unsafeReason(sent, taken(...got.slice(1), text(`X-A: 2\r\n${OWN}`)), CLIENT) ?? '',
    /got/
  )
})

test('a connection may stay open when all is answered, and else when more has to come', () => {
  const get = `GET / HTTP/1.1\r\n${HEAD}`
  const closing = `${get}Connection: close\r\n\r\n`
  // A body whose length ends right before the empty line of what was meant to follow.
  const swallowed = `POST / HTTP/1.1\r\n${HEAD}Content-Length: ${closing.length - 2}\r\n\r\n${closing}`
  const stays = (sent: string, ...statuses: readonly number[]) =>
    mayStayOpen(readByReference(sent), statuses)
  assert.equal(stays(swallowed, 200), true)
  assert.equal(stays(swallowed), false)
  assert.equal(stays(closing, 200), false)
  assert.equal(stays(`${get}\r\n${closing}`, 200), false)
  assert.equal(stays(get), true)
  assert.equal(stays(`${get}\r\nGET`, 200), true)
  assert.equal(stays('GET / HTTP/1.1\nHost: a\r\n\r\n', 400), false)
})
