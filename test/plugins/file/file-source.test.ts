import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createFileSource } from '../../../src/plugins/file/file-source.ts'
import { NOW } from '../../support/apps.ts'
import { eventually } from '../../support/eventually.ts'
import { recordingSink } from '../../support/recording-sink.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const override = (weight: number) => `overrides:\n  - { app: /x, weight: ${weight} }\n`

async function started(t: TestContext, files: Record<string, string>, now = () => NOW) {
  const folder = await tempFolder(t, files)
  const path = join(folder, 'routes.yaml')
  const sink = recordingSink()
  const stop = new AbortController()
  t.after(() => stop.abort())
  const source = createFileSource('file', path, now)
  source.start(sink, stop.signal)
  const weight = () => sink.last()?.overrides[0]?.weight
  return { folder, path, sink, stop, source, weight }
}

test('a file source publishes at once, and again after each change', async (t) => {
  const { path, sink, weight } = await started(t, { 'routes.yaml': override(1) })
  await eventually('the first snapshot', () => weight() === 1)
  assert.equal(sink.last()?.takenAt, NOW)
  // Written until it is seen: the watcher may not watch yet.
  await untilSeen(
    () => writeFile(path, override(2)),
    () => weight() === 2
  )
})

test('a file source sees a file that is put in the place of the old one', async (t) => {
  const { folder, path, weight } = await started(t, { 'routes.yaml': override(1) })
  await eventually('the first snapshot', () => weight() === 1)
  await untilSeen(
    async () => {
      await writeFile(join(folder, 'new.yaml'), override(2))
      await rename(join(folder, 'new.yaml'), path)
    },
    () => weight() === 2
  )
})

test('a file source waits for a file that is being written', async (t) => {
  const { path, sink, source, weight } = await started(t, { 'routes.yaml': override(1) }, Date.now)
  await eventually('the first snapshot', () => weight() === 1)
  const half = 'overrides:\n'
  for (const next of [2, 3, 4]) {
    await writeFile(path, '')
    source.refresh('test')
    await writeFile(path, half)
    source.refresh('test')
    await writeFile(path, override(next))
    source.refresh('test')
    await eventually('the whole file', () => weight() === next)
  }
  assert.deepEqual(sink.failures, [])
  assert.ok(sink.snapshots.every(({ overrides }) => overrides.length === 1))
})

test('a file source keeps the last good file when the next one is broken', async (t) => {
  const { path, sink, source, weight } = await started(t, { 'routes.yaml': override(1) })
  await eventually('the first snapshot', () => weight() === 1)
  await writeFile(path, 'routes:\n  - hots: a.example\n')
  source.refresh('test')
  await eventually('the failure', () => sink.failures.length > 0)
  assert.match(sink.failures[0] ?? '', /routes\.yaml:2: routes\.0\.hots: unknown option/)
  assert.equal(weight(), 1)
  await writeFile(path, override(3))
  source.refresh('test')
  await eventually('the repaired file', () => weight() === 3)
})

test('a file source waits for a file that is not there yet', async (t) => {
  const { path, sink, weight } = await started(t, {})
  await eventually('the failure', () => sink.failures.length > 0)
  assert.match(sink.failures[0] ?? '', /no such file/)
  assert.equal(sink.snapshots.length, 0)
  await untilSeen(
    () => writeFile(path, override(4)),
    () => weight() === 4
  )
})

test('a file source keeps what a file said that was removed', async (t) => {
  const { path, sink, source, weight } = await started(t, { 'routes.yaml': override(1) })
  await eventually('the first snapshot', () => weight() === 1)
  await rm(path)
  source.refresh('test')
  await eventually('the failure', () => sink.failures.length > 0)
  assert.equal(weight(), 1)
})

test('a file source is silent once it is stopped', async (t) => {
  const { path, sink, source, stop, weight } = await started(t, { 'routes.yaml': override(1) })
  await eventually('the first snapshot', () => weight() === 1)
  stop.abort()
  const { length } = sink.snapshots
  await writeFile(path, override(2))
  source.refresh('test')
  // A second source on the same file shows that the change was there to be seen.
  const other = recordingSink()
  const end = new AbortController()
  t.after(() => end.abort())
  createFileSource('other', path, () => NOW).start(other, end.signal)
  await eventually('the other source', () => other.snapshots.length > 0)
  assert.equal(sink.snapshots.length, length)
})

async function untilSeen(change: () => Promise<void>, seen: () => boolean): Promise<void> {
  const endAt = Date.now() + 20_000
  while (!seen()) {
    if (Date.now() > endAt) throw new Error('the change was not seen')
    await change()
    await eventually('the change', () => seen() || Date.now() > endAt, 1_000).catch(() => undefined)
  }
}
