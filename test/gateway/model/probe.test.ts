import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { explain } from '../../../src/gateway/model/explain.ts'
import { renderExplanation } from '../../../src/gateway/model/explain-text.ts'
import { parseProbe } from '../../../src/gateway/model/probe-values.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { app, compileApps, facts, port, problemTexts } from '../../support/apps.ts'

/** The probe of the first service of an app with these labels, and the problems. */
function probeOf(labels: Record<string, string>) {
  const compiled = compileApps([app({ labels })])
  return { probe: compiled.data.services[0]?.probe, problems: problemTexts(compiled) }
}

const usual = { intervalMs: 5_000, timeoutMs: 2_000 }
const health = { kind: 'http', path: '/health', ...usual }

describe('a right probe', () => {
  const cases: readonly (readonly [labels: Record<string, string>, expected: unknown])[] = [
    [{}, undefined],
    [{ 'gateway.probe': '/health' }, health],
    [{ 'gateway.probe': ' tcp ' }, { kind: 'tcp', ...usual }],
    [{ 'gateway.probe': 'none' }, undefined],
    [
      { 'gateway.probe': '/a/%2F?x=(1)&y=*!,+:@~-._' },
      { ...health, path: '/a/%2F?x=(1)&y=*!,+:@~-._' }
    ],
    [{ 'gateway.probe': `/${'a'.repeat(255)}` }, { ...health, path: `/${'a'.repeat(255)}` }],
    [
      { 'gateway.probe': 'tcp', 'gateway.probe.interval': '5m' },
      { kind: 'tcp', ...usual, intervalMs: 300_000 }
    ],
    [
      { 'gateway.probe': '/health', 'gateway.probe.timeout': '500ms' },
      { ...health, timeoutMs: 500 }
    ],
    // A probe never waits for longer than the interval.
    [
      { 'gateway.probe': '/health', 'gateway.probe.interval': '1s' },
      { ...health, intervalMs: 1_000, timeoutMs: 1_000 }
    ],
    [{ 'gateway.probe.interval': '1s' }, undefined]
  ]
  for (const [labels, expected] of cases) {
    test(JSON.stringify(labels).slice(0, 100), () => {
      assert.deepEqual(probeOf(labels), { probe: expected, problems: [] })
    })
  }
})

describe('a wrong probe is a problem and no probe', () => {
  const wrong = [
    '',
    'health',
    'http://x/health',
    'TCP',
    '/a b',
    '/a;b',
    "/a'b",
    '/a"b',
    '/a\\b',
    '/$HOME',
    '/a#b',
    '/a\nb',
    '/%zz',
    '/ä',
    '/{x}',
    `/${'a'.repeat(256)}`
  ]
  for (const value of wrong) {
    test(JSON.stringify(value).slice(0, 40), () => {
      const { probe, problems } = probeOf({ 'gateway.probe': value })
      assert.equal(probe, undefined)
      assert.match(problems.join(), /^\/myapp gateway.probe: expected tcp, none or a path such as/)
    })
  }
})

test('a wrong interval or timeout is a problem, and the default applies', () => {
  for (const [key, value] of [
    ['interval', '999ms'],
    ['interval', '6m'],
    ['interval', '5'],
    ['timeout', '0ms'],
    ['timeout', '2m']
  ] as const) {
    const { probe, problems } = probeOf({
      'gateway.probe': '/health',
      [`gateway.probe.${key}`]: value
    })
    assert.deepEqual(probe, health)
    assert.match(
      problems.join(),
      new RegExp(`gateway.probe.${key}: expected a duration .*${value}`)
    )
  }
})

test('a probe of the app holds for all its ports, unless one says otherwise', () => {
  const { data } = compileApps([
    app({
      labels: {
        'gateway.probe': '/health',
        'gateway.1.hosts': 'b.test',
        'gateway.2.hosts': 'c.test',
        'gateway.2.probe': 'none'
      },
      ports: [port(), port(), port({ labels: { 'gateway.hosts': 'c.test' } })]
    })
  ])
  const probes = data.services.map(({ id, probe }) => `${id} ${probe?.kind}`)
  assert.deepEqual(probes.sort(), [
    'marathon:/myapp:0 http',
    'marathon:/myapp:1 http',
    'marathon:/myapp:2 undefined'
  ])
})

test('explain shows the probe', () => {
  const { data, problems } = compileApps([app({ labels: { 'gateway.probe': '/health' } })])
  const found = explain(buildTable(data), facts('myapp.local/'), problems)
  assert.deepEqual(found.services[0]?.probe, health)
  assert.match(renderExplanation(found), /round-robin, probed every 5 s: GET \/health\n/)
})

test('another probe is another table', () => {
  const hash = (value: string) =>
    buildTable(compileApps([app({ labels: { 'gateway.probe': value } })]).data).hash
  assert.notEqual(hash('/health'), hash('/ping'))
  assert.equal(hash('/health'), hash('/health'))
})

test('no path of a probe holds what a configuration or a command gives a meaning', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom('/', 'a', '%41', '?', '&')
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const { value } = parseProbe(`/${parts.join('')}`)
      if (value?.kind === 'http') assert.match(value.path, /^\/[!-~]*$/)
      if (value?.kind === 'http') assert.doesNotMatch(value.path, /["'#;\\${}<>^`|[\]]/)
    }),
    { numRuns: 2_000 }
  )
})
