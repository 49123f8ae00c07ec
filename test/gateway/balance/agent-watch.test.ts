import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AgentWatch } from '../../../src/gateway/balance/agent-watch.ts'

const rules = { services: 2, withinMs: 5000, forMs: 10_000 }

const cases: readonly {
  readonly name: string
  readonly failures: readonly (readonly [agent: string, service: string, at: number])[]
  readonly suspect: Readonly<Record<string, number>>
}[] = [
  {
    name: 'one service',
    failures: [
      ['x', 'a', 1],
      ['x', 'a', 2]
    ],
    suspect: { x: 0 }
  },
  {
    name: 'two services',
    failures: [
      ['x', 'a', 1],
      ['x', 'b', 2]
    ],
    suspect: { x: 10_002 }
  },
  {
    name: 'on two agents',
    failures: [
      ['x', 'a', 1],
      ['y', 'b', 2]
    ],
    suspect: { x: 0, y: 0 }
  },
  {
    name: 'too far apart',
    failures: [
      ['x', 'a', 1],
      ['x', 'b', 5001]
    ],
    suspect: { x: 0 }
  },
  {
    name: 'more of it changes nothing while it is suspect',
    failures: [
      ['x', 'a', 1],
      ['x', 'b', 2],
      ['x', 'c', 3]
    ],
    suspect: { x: 10_002 }
  },
  {
    name: 'and begins anew afterwards',
    failures: [
      ['x', 'a', 1],
      ['x', 'b', 2],
      ['x', 'a', 10_002],
      ['x', 'b', 10_003]
    ],
    suspect: { x: 20_003 }
  }
]

for (const { name, failures, suspect } of cases) {
  test(`suspect agents: ${name}`, () => {
    const watch = new AgentWatch(rules)
    for (const [agent, service, at] of failures) {
      const before = watch.suspectUntil(agent)
      assert.equal(watch.note(agent, service, at), watch.suspectUntil(agent) !== before)
    }
    for (const [agent, until] of Object.entries(suspect)) {
      assert.equal(watch.suspectUntil(agent), until)
    }
  })
}

test('suspect agents: never with 0, and bounded', () => {
  const never = new AgentWatch({ ...rules, services: 0 })
  assert.equal(never.note('x', 'a', 1), false)
  assert.equal(never.note('x', 'b', 1), false)
  const watch = new AgentWatch(rules)
  for (let at = 0; at < 3000; at++) watch.note(`agent-${at}`, 'a', at)
  assert.equal(watch.note('agent-0', 'b', 3000), false, 'the oldest is forgotten')
  assert.equal(watch.note('agent-2999', 'b', 3000), true)
})
