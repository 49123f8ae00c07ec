import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import {
  isAlive,
  type Lease,
  leases,
  markOf,
  writeLease
} from '../../../provisioning/rehearsal/lab/lease.ts'
import { sweep, sweepAbandoned } from '../../../provisioning/rehearsal/lab/sweep.ts'

let cache = ''
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sweep-'))
})
afterEach(() => rm(cache, { recursive: true, force: true }))

const dead = { pid: 1, started: 'long ago' }

async function labOf(changes: Partial<Lease>): Promise<Lease> {
  const id = `test-${(await leases(cache)).length}`
  const folder = join(cache, `lab-${id}`)
  await mkdir(join(folder, 'machines/master'), { recursive: true })
  await writeFile(join(folder, 'machines/master/console.log'), 'booted')
  const lease = { id, runner: dead, processes: [], folder, cgroups: [], ...changes }
  await writeLease(cache, lease)
  return lease
}

test('a lab whose rehearsal is gone is swept away; one in use stays', async () => {
  await labOf({})
  const used = await labOf({ runner: await markOf(process.pid) })
  assert.equal(await sweepAbandoned(cache), 1)
  assert.deepEqual(
    (await leases(cache)).map(({ id }) => id),
    [used.id]
  )
  assert.deepEqual((await readdir(cache)).sort(), [`lab-${used.id}`, 'leases'])
})

test('sweeping ends the processes of a lab, and no process that has their number by now', async () => {
  const child = spawn('sleep', ['600'])
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  const mark = await markOf(child.pid ?? 0)
  await sweep(cache, await labOf({ processes: [{ ...mark, started: 'earlier' }] }))
  assert.ok(await isAlive(mark))
  await sweep(cache, await labOf({ processes: [mark] }))
  assert.deepEqual(await exited, [null, 'SIGKILL'])
  assert.ok(!(await isAlive(mark)))
})

test('sweeping removes the cgroups of a lab, the innermost first', async () => {
  const cgroup = join(cache, 'hierarchy/rehearsal')
  await mkdir(join(cgroup, 'master/docker/abc'), { recursive: true })
  await mkdir(join(cgroup, 'slave1'))
  await sweep(cache, await labOf({ cgroups: [cgroup, join(cache, 'gone/rehearsal')] }))
  assert.deepEqual(await readdir(join(cache, 'hierarchy')), [])
})

test('sweeping the same lab twice is as good as once', async () => {
  const lease = await labOf({})
  await sweep(cache, lease)
  await sweep(cache, lease)
  assert.deepEqual(await leases(cache), [])
})
