import assert from 'node:assert/strict'
import { test } from 'node:test'
import { profiled, selfTimes } from '../../bench/profile.ts'

function node(id: number, functionName: string, url = '', lineNumber = -1) {
  return { id, callFrame: { functionName, url, lineNumber } }
}

test('profile: own time of each function, without idle time, the longest first', () => {
  const times = selfTimes({
    nodes: [
      node(1, '(idle)'),
      node(2, 'parseHead', 'file:///app/dist/request-head.js', 33),
      node(3, 'writev'),
      node(4, '', 'node:net', 9),
      // The same function, reached another way.
      node(5, 'parseHead', 'file:///app/dist/request-head.js', 33)
    ],
    samples: [1, 2, 3, 5, 4, 1],
    timeDeltas: [5000, 30, 40, 20, 10, 5000]
  })
  assert.deepEqual(times, [
    { name: 'parseHead request-head.js:34', share: 0.5 },
    { name: 'writev', share: 0.4 },
    { name: '(anonymous) node:net:10', share: 0.1 }
  ])
})

test('profile: an idle process has none', () => {
  const idle = { nodes: [node(1, '(idle)')], samples: [1], timeDeltas: [10] }
  assert.deepEqual(selfTimes(idle), [])
})

test('profile: only Node is asked for one', () => {
  const other = { program: 'haproxy', args: ['-db'] }
  assert.equal(profiled(other, '/folder'), other)
  const own = profiled({ program: process.execPath, args: ['main.js'] }, '/folder')
  assert.deepEqual(own.args, ['--cpu-prof', '--cpu-prof-dir=/folder', 'main.js'])
})
