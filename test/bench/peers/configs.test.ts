import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { findProgram } from '../../../bench/find-program.ts'
import { allPeers } from '../../../bench/peers/all-peers.ts'
import { buildTable, type Stage } from '../../../bench/stage.ts'
import { marathonApp } from '../../../bench/stand-in-marathon.ts'

const apps = buildTable({ apps: 3, tasksPerApp: 2 }, { backend: 18_001, bulk: 18_002 })
const peers = allPeers('dist/cli/main.js')

function stageIn(folder: string): Stage {
  return { apps, port: 18_000, folder, workers: 2, cores: undefined, marathonUrl: 'http://m:1' }
}

describe('configuration of a proxy: every host and every task is in it', () => {
  for (const peer of peers) {
    // The gateway reads the table from Marathon.
    if (peer.kind === 'direct' || peer.kind === 'gateway') continue
    test(peer.id, () => {
      const text = Object.values(peer.launch(stageIn('/folder'))?.files ?? {}).join('\n')
      for (const { host, tasks } of apps) {
        assert.ok(text.includes(host), host)
        for (const task of tasks) assert.ok(text.includes(task.host), task.host)
      }
    })
  }
})

test('configuration of the gateway: the lane, the port and Marathon', () => {
  const lanes = ['gateway-wire', 'gateway-full', 'gateway-plane'].map((id) => {
    const files = peers.find((peer) => peer.id === id)?.launch(stageIn('/folder'))?.files
    const { plane, proxy, marathon } = JSON.parse(files?.['gateway.json'] ?? '{}')
    assert.equal(proxy.port, 18_000)
    assert.deepEqual(marathon.urls, ['http://m:1'])
    return [plane, proxy.lane]
  })
  assert.deepEqual(lanes, [
    ['proxy', 'wire'],
    ['proxy', 'full'],
    ['haproxy', undefined]
  ])
})

test('the same table as Marathon tells it', () => {
  const [app] = apps
  assert.ok(app)
  const { id, labels, tasks } = marathonApp(app)
  assert.deepEqual([id, labels], ['/app-0', { 'gateway.hosts': 'app-0.bench.local' }])
  assert.deepEqual(
    tasks.map(({ host, ports }) => [host, ports]),
    app.tasks.map(({ host, port }) => [host, [port]])
  )
})

const checks = [
  { id: 'haproxy', file: 'haproxy.cfg', args: (file: string) => ['-c', '-f', file] },
  { id: 'nginx', file: 'nginx.conf', args: (file: string) => ['-t', '-e', 'stderr', '-c', file] }
]

// No test at all where the program isn't installed: the benchmark doesn't need it either.
for (const { id, file, args } of checks.filter(({ id }) => findProgram(id) !== undefined)) {
  const program = findProgram(id)
  test(`${id} takes its configuration`, (t) => {
    const folder = folderOf(t)
    const files = peers.find((peer) => peer.id === id)?.launch(stageIn(folder))?.files ?? {}
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const { status, stderr } = spawnSync(program ?? '', args(join(folder, file)))
    assert.equal(status, 0, stderr.toString('utf8'))
  })
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mgb-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}
