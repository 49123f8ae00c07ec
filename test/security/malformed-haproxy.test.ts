import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { knownLaxities } from '../../src/plugins/haproxy/render/known-laxities.ts'
import { openFullLane } from '../support/front-door.ts'
import {
  eachCase,
  judge,
  type MalformedRig,
  malformedCases,
  startStrictTask
} from '../support/malformed-cases.ts'
import { haproxyIsBefore, noHaproxy, startRendered } from '../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../support/rendered-tables.ts'

/**
 * Cases in which HAProxy 2.6 forwards what the proxy plane does not, or what may not be forwarded, by
 * the known laxity that each is a case of. Held both ways.
 */
const LISTED: Readonly<Record<string, readonly string[]>> = {
  'the same Host twice': ['host/two-same'],
  'a Content-Length that is a list of equal numbers': ['cl/v-"5,5"'],
  'Content-Length and Transfer-Encoding': [
    ...['clte/cl-cl-te', 'clte/cl-te', 'clte/cl-te-case', 'clte/cl-te-connection'],
    ...['clte/cl-te-connection-cl', 'clte/cl-te-fold', 'clte/get-smug', 'clte/smug-full']
  ],
  'a folded field': [
    ...['cl/fold', 'cl/lead-space', 'clte/cl-te-prefix', 'hdr/obs-fold-empty', 'host/lead-fold'],
    'te/prefix-sp'
  ],
  'further spaces in the request line': ['line/double-space'],
  'a line that ends with LF alone': [
    ...['clte/cl-te-hidden-lf', 'eol/lf-line', 'eol/useless-lflf', 'chunk/trailer-lf']
  ],
  'space behind the size of a chunk': ['chunk/last-"0 "', 'chunk/last-"0\\t"', 'chunk/size-"5\\t"'],
  'a malformed chunk extension': [
    ...['" ;a=b"', '"; a=b"', '";;"', '";a=\\"b"', '";a=\x7f"', '";a\\u0000b"', '";\xff"'],
    ...['"\\t;a=b"', '16k']
  ].map((extension) => `chunk/ext-${extension}`),
  'a line of a chunk that ends with LF alone': [
    ...['chunk/lf-all', 'chunk/lf-data', 'chunk/lf-final', 'chunk/lf-last', 'chunk/lf-size'],
    'chunk/short-data'
  ],
  'a trailer with a control character': ['chunk/trailer-ctl', 'chunk/trailer-nul'],
  'a trailer that is a field of framing': ['chunk/trailer-te'],
  'a field that Connection names': [
    ...['hop/connection-named', 'hop/connection-two', 'hop/connection-two-lines']
  ],
  'HTTP/1.0': ['upg/ws-http10'],
  'a request behind an upgrade that the task does not grant': ['upg/ws-to-plain-smug']
}

/** Cases of these that newer versions refuse. */
const REFUSED_SINCE: Readonly<Record<string, readonly string[]>> = {
  '2.8': ['lf-all', 'lf-data', 'lf-last', 'lf-size', 'short-data', 'trailer-nul'],
  '3.4': ['";a=\\"b"', '";a=\x7f"', '";a\\u0000b"'].map((extension) => `ext-${extension}`)
}

const RIGS = 12
const LONGEST_RUN_MS = 300_000

test('HAProxy forwards nothing malformed that the proxy plane refuses, but what is listed', {
  skip: noHaproxy,
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const haproxies: MalformedRig[] = []
  // One after the other: a port that is only said to be free could be taken twice.
  for (let at = 0; at < RIGS; at += 1) haproxies.push(await openHaproxy(t))
  const laxer = new Map<string, string>()
  const forwarded = new Map<string, number>()
  await eachCase(haproxies, malformedCases, async (rig, one) => {
    const verdict = await judge(rig, one)
    const refusedWrongly = one.expect === 'accept' ? verdict.different : undefined
    const fault = verdict.unsafe ?? refusedWrongly
    if (fault !== undefined) laxer.set(one.id, fault)
    else if (verdict.forwarded > 0) forwarded.set(one.id, verdict.forwarded)
  })
  const proxies = await Promise.all(Array.from({ length: RIGS }, () => openProxy(t)))
  const suspects = malformedCases.filter(({ id }) => forwarded.has(id))
  assert.ok(suspects.length > 100, `only ${suspects.length} were forwarded`)
  await eachCase(proxies, suspects, async (rig, one) => {
    const verdict = await judge(rig, one)
    const more = (forwarded.get(one.id) ?? 0) - verdict.forwarded
    if (more > 0) laxer.set(one.id, `${more} more than the proxy plane`)
  })
  const told = [...laxer].map(([id, fault]) => `${id}: ${fault}`).sort()
  const refused = Object.entries(REFUSED_SINCE).flatMap(([since, names]) =>
    haproxyIsBefore(since) ? [] : names.map((name) => `chunk/${name}`)
  )
  const listed = Object.values(LISTED)
    .flat()
    .filter((id) => !refused.includes(id))
  assert.deepEqual([...laxer.keys()].sort(), listed.sort(), told.join('\n'))
  const known = new Set(knownLaxities.map(({ name }) => name))
  assert.deepEqual(
    Object.keys(LISTED).filter((name) => !known.has(name)),
    []
  )
})

async function openHaproxy(t: TestContext): Promise<MalformedRig> {
  const task = await startStrictTask()
  t.after(() => task.close())
  const table = tableOf([serviceOf('/any', [task.endpoint.port])], [routeTo(['/any'], {})])
  const { port } = await startRendered(t, table)
  return { port, task }
}

async function openProxy(t: TestContext): Promise<MalformedRig> {
  const task = await startStrictTask()
  const door = await openFullLane()
  t.after(async () => {
    await door.stop()
    await task.close()
  })
  const labels = { 'gateway.path': '/' }
  await door.publish([{ id: '/any', labels, ports: [task.endpoint.port] }])
  return { port: door.port, task }
}
