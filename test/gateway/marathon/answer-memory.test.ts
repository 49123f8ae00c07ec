import assert from 'node:assert/strict'
import test from 'node:test'
import { createAnswerMemory } from '../../../src/gateway/marathon/answer-memory.ts'
import { type Part, pieceOf, readPiece, textsOf } from '../../../src/gateway/marathon/app-text.ts'
import { parseApp } from '../../../src/gateway/marathon/schema.ts'
import { createWholeApps } from '../../../src/gateway/marathon/whole-apps.ts'

const full = {
  id: '/web',
  labels: { 'gateway.hosts': 'web.example.com', x: '1' },
  instances: 2,
  networks: [{ mode: 'container/bridge' }],
  container: {
    portMappings: [
      { containerPort: 80, hostPort: 0, servicePort: 10_001, labels: { a: 'b' } },
      { containerPort: -1, hostPort: 0 }
    ]
  },
  healthChecks: [{ protocol: 'HTTP', portIndex: 0, gracePeriodSeconds: 5 }],
  readinessChecks: [{ intervalSeconds: 1 }],
  readinessCheckResults: [{ taskId: 'web.1', ready: true }],
  deployments: [{ id: 'd' }],
  tasks: Array.from({ length: 7 }, (_, at) => ({ id: `web.${at}`, host: 'a', ports: [31_000, 1] }))
}

for (const length of [1, 200, 500, 100_000]) {
  test(`an app passes as texts of ${length} characters`, () => {
    const { app, problems } = parseApp(full, 'marathon')
    assert.ok(app !== undefined)
    const texts = textsOf({ app, problems }, length)
    assert.equal(texts.length > 1, length < 1000)
    const whole = createWholeApps()
    const next = textsOf({ app: { ...app, id: '/next' }, problems: [] }, length)
    const parts: readonly Part[] = readPiece(pieceOf([...texts, ...next]))
    const apps = [...parts.map((part) => whole.take(part)), whole.end()].filter(Boolean)
    assert.deepEqual(apps, [
      { app, problems },
      { app: { ...app, id: '/next' }, problems: [] }
    ])
  })
}

test('only what changed is told, and what went', () => {
  const { told } = given()
  const [a, b] = [{ id: '/a' }, { id: '/b' }]
  assert.deepEqual(told([a, b]), { apps: ['/a', '/b'], gone: [], problems: [] })
  assert.deepEqual(told([a, b]), { apps: [], gone: [], problems: [] })
  assert.deepEqual(told([b, a]), { apps: [], gone: [], problems: [] })
  assert.deepEqual(told([{ ...a, instances: 3 }, b]), { apps: ['/a'], gone: [], problems: [] })
  assert.deepEqual(told([b, { id: '/c' }]), { apps: ['/c'], gone: ['/a'], problems: [] })
  assert.deepEqual(told([b], true), { apps: ['/b'], gone: [], problems: [] })
})

test('other bytes that say the same of all that counts are no change', () => {
  const { told } = given()
  const seen = (lastSuccess: string) => ({
    id: '/a',
    tasks: [{ id: 'a.1', healthCheckResults: [{ alive: true, lastSuccess }] }]
  })
  told([seen('2024-01-01T00:00:00.000Z')])
  assert.deepEqual(told([seen('2024-01-01T00:00:09.000Z')]).apps, [])
  assert.deepEqual(told([seen('2024-01-01T00:00:09.000Z')]).apps, [])
})

test('what is no app is told each time, and of two with one id the first counts', () => {
  const { told } = given()
  const first = told([{ id: '/a' }, 7, { id: '/a', instances: 9 }])
  assert.deepEqual(first.apps, ['/a'])
  assert.deepEqual(first.problems, ['(entry 1 of the list)', '/a'])
  const second = told([{ id: '/a' }, 7, { id: '/a', instances: 9 }])
  assert.deepEqual(second, { ...first, apps: [] })
  assert.deepEqual(told([{ id: '/a', instances: 9 }]), { apps: ['/a'], gone: [], problems: [] })
})

test('an app that can no longer be read is gone, with its problem', () => {
  const { told } = given()
  told([{ id: '/a' }])
  const later = told([{ id: '/a', networks: [{ mode: 'what' }] }])
  assert.deepEqual(later, { apps: [], gone: ['/a'], problems: ['/a'] })
})

test('an answer that is no information changes nothing of what is known', () => {
  const { told, memory } = given()
  told([{ id: '/a' }])
  const read = (text: string) => () => {
    const reading = memory.read(false)
    reading.take(Buffer.from(text))
    reading.end()
  }
  assert.throws(read('{"apps":[{"id":"/b"},{"id"'), /no JSON/)
  assert.throws(read('{"apps":[{"id":"/b"},{"id"]}]}'), /no JSON/)
  assert.throws(read('{"message":"hello"}'), /no list "apps"/)
  assert.deepEqual(told([{ id: '/a' }]), { apps: [], gone: [], problems: [] })
})

function given() {
  const memory = createAnswerMemory('marathon', 10_000)
  const told = (apps: readonly unknown[], anew = false) => {
    const reading = memory.read(anew)
    const texts = reading.take(Buffer.from(JSON.stringify({ apps })))
    const { gone, problems } = reading.end()
    const parts = readPiece(pieceOf(texts))
    return {
      apps: parts.map((part) => 'app' in part && part.app.id),
      gone,
      problems: problems.map(({ app }) => app)
    }
  }
  return { memory, told }
}
