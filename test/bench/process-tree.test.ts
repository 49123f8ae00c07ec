import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import {
  cpuSecondsOf,
  memoryBytesOf,
  type ProcessStat,
  parsePss,
  parseStat,
  treeOf
} from '../../bench/process-tree.ts'

const hasProc = existsSync('/proc/self/stat')

test('stat: user and system time, and that of children that have ended', () => {
  const line = `42 (node) S 7 42 42 0 -1 4194304 100 0 0 0 150 25 30 5 20 0 11 0 2295141 3133440 378`
  assert.deepEqual(parseStat(line), { pid: 42, parent: 7, ticks: 210 })
})

test('stat: a name may hold spaces and parentheses', () => {
  const line = `42 (a) b (c d)) R 7 42 42 0 -1 4194304 100 0 0 0 1 2 3 4 20 0 11 0 2295141 3133440`
  assert.deepEqual(parseStat(line), { pid: 42, parent: 7, ticks: 10 })
})

test('stat: what is no line of it is left out', () => {
  for (const line of ['', 'nonsense', '42 (node) S 7']) assert.equal(parseStat(line), undefined)
})

test('tree: a process, its children and theirs, in whatever order they are listed', () => {
  const process = (pid: number, parent: number): ProcessStat => ({ pid, parent, ticks: 0 })
  const all = [process(9, 5), process(5, 2), process(2, 1), process(3, 1), process(6, 2)]
  const pids = treeOf(all, 2).map(({ pid }) => pid)
  assert.deepEqual(pids.sort(), [2, 5, 6, 9])
  assert.deepEqual(treeOf(all, 77), [])
})

test('memory: PSS in bytes, none where the kernel tells none', () => {
  assert.equal(
    parsePss('Rss:  1696 kB\nPss:                 230 kB\nPss_Dirty: 9 kB\n'),
    230 * 1024
  )
  assert.equal(parsePss(''), 0)
})

test('CPU time and memory of a child count for its parent', { skip: !hasProc }, async (t) => {
  const work =
    'const end = Date.now() + 400; while (Date.now() < end); console.log(1); setInterval(() => {}, 1e6)'
  const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(work)}], { stdio: 'inherit' })`
  const parent = spawn(process.execPath, ['-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true
  })
  t.after(() => process.kill(-(parent.pid ?? 0), 'SIGKILL'))
  await once(parent.stdout, 'data')
  // A busy machine gives less than the time on the clock, but never nothing.
  assert.ok(cpuSecondsOf(parent.pid ?? 0) > 0.05)
  assert.ok(memoryBytesOf(parent.pid ?? 0) > 10_000_000)
})
