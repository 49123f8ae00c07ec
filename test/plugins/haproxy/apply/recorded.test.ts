import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  parseBackupServers,
  parseMap,
  parseProcesses,
  parseServersState,
  parseWorkerPid,
  type SeenProcesses
} from '../../../../src/plugins/haproxy/apply/answers.ts'
import {
  type Capabilities,
  capabilitiesOf
} from '../../../../src/plugins/haproxy/apply/capabilities.ts'
import { versionOf } from '../../../../src/plugins/haproxy/apply/commands.ts'
import { answersOf } from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'
import {
  backendRun,
  busyRuns,
  experimentalHelp,
  idleRun,
  madeRuns,
  mapRuns,
  type ScriptedRun,
  serverRuns,
  unpermittedRun
} from '../../../support/haproxy-script.ts'
import {
  parseRecording,
  type Recording,
  readRecordings,
  writeRecording
} from '../../../support/recorded-answers.ts'

/*
 * What `apply/` makes of the answers of several versions. Files named by a full version are recorded
 * (`tools/record-haproxy.ts`); those named `by-hand` are not, and hold what is known.
 */

const able = { addServer: true, experimental: false, addBackend: false, mapTransactions: true }
const abilities: Readonly<Record<string, Omit<Capabilities, 'version'>>> = {
  '2.4-by-hand': { ...able, experimental: true },
  '2.6.12': able,
  '2.8.25': able,
  '3.0.11': able,
  '3.2.26': able,
  '3.4.7': { ...able, addBackend: true }
}

const recordings = readRecordings()

test('a recording can be read back', () => {
  const exchanges = [
    { name: 'a', sent: 'x\ny\n', answer: '\n> 1 \n\n> ' },
    { name: 'b c', sent: 'z\n', answer: '' }
  ]
  const read = parseRecording(writeRecording('title', exchanges))
  assert.deepEqual(Object.fromEntries(read), { a: '\n> 1 \n\n> ', 'b c': '' })
})

test('every recording is of a version whose abilities are known', () => {
  assert.deepEqual(recordings.map(({ name }) => name).sort(), Object.keys(abilities).sort())
})

for (const recording of recordings) {
  const isByHand = recording.name.endsWith('-by-hand')
  describe(`HAProxy ${recording.name}`, () => {
    test('what it can do', () => {
      const can = capabilities(recording)
      assert.ok(recording.name.startsWith(can.version.slice(0, 3)), can.version)
      assert.deepEqual(can, { version: can.version, ...abilities[recording.name] })
    })

    const canMake = abilities[recording.name]?.addBackend
    const lastRuns = canMake ? [backendRun, ...madeRuns] : [refused(backendRun)]
    for (const run of [...serverRuns, ...busyRuns, idleRun, ...mapRuns, ...lastRuns]) {
      if (isByHand && !recording.answers.has(run.name)) continue
      test(run.name, () => checkRun(recording, run))
    }

    if (abilities[recording.name]?.experimental) {
      test(unpermittedRun.name, () => checkRun(recording, unpermittedRun))
    }

    test('processes', () => checkProcesses(recording))
    if (!isByHand) test('what it shows', () => checkShown(recording))
  })
}

function capabilities(recording: Recording): Capabilities {
  const experimental = recording.answers.has(experimentalHelp.name)
    ? (answersTo(recording, experimentalHelp)[1] ?? '')
    : ''
  return capabilitiesOf(said(recording, 'show version'), said(recording, 'help'), experimental)
}

function checkRun(recording: Recording, run: ScriptedRun): void {
  const answers = answersTo(recording, run)
  for (const [at, expected] of run.expect.entries()) {
    const answer = answers[at] ?? ''
    if (expected instanceof RegExp) assert.match(answer, expected)
    else assert.doesNotMatch(answer, expected.not)
  }
}

function checkProcesses(recording: Recording): void {
  const before = processes(recording, 'show proc')
  assert.ok(before.worker !== undefined && before.worker !== before.master)
  assert.equal(before.failedReloads, 0)
  if (!recording.answers.has('reload')) return
  const after = processes(recording, 'show proc after a reload')
  assert.equal(after.master, before.master)
  assert.ok(after.worker !== undefined && after.worker !== before.worker)
  assert.deepEqual(after.oldWorkers, [before.worker])
  const failed = processes(recording, 'show proc after a reload that failed')
  assert.deepEqual(failed, { ...after, failedReloads: 1 })
}

function checkShown(recording: Recording): void {
  const servers = ['show servers state', 'show servers state of a backend'].map((name) =>
    parseServersState(said(recording, name)).get('app')
  )
  for (const seen of servers) {
    assert.deepEqual(
      seen?.map(({ name, weight, ready }) => ({ name, weight, ready })),
      [
        { name: 'last', weight: 100, ready: true },
        { name: 'slow', weight: 50, ready: true }
      ]
    )
    assert.deepEqual(seen?.[0]?.port, 9)
  }
  assert.equal(parseServersState(said(recording, 'show servers state of no backend')).size, 0)
  const backup = parseBackupServers(said(recording, 'show stat of servers'))
  assert.deepEqual([...backup], ['app/last'])
  const map = parseMap(said(recording, 'show map'))
  assert.deepEqual(Object.fromEntries(map ?? []), { 'app.test': 'app', 'empty.test': 'empty' })
  assert.equal(parseMap(said(recording, 'show no map')), undefined)
  const after = processes(recording, 'show proc after a reload')
  assert.equal(parseWorkerPid(said(recording, 'show info')), after.worker)
  const [prepared = ''] = answersOf(said(recording, 'prepare a map'), 1, recording.name)
  assert.equal(versionOf(prepared), '1')
}

function processes(recording: Recording, name: string): SeenProcesses {
  const seen = parseProcesses(said(recording, name))
  assert.ok(seen !== undefined)
  return seen
}

function answersTo(recording: Recording, { name, commands }: ScriptedRun): string[] {
  return answersOf(said(recording, name), commands.length, recording.name)
}

function said({ answers, name: version }: Recording, name: string): string {
  const answer = answers.get(name)
  assert.ok(answer !== undefined, `nothing of ${version} is recorded for: ${name}`)
  return answer
}

function refused(run: ScriptedRun): ScriptedRun {
  return {
    ...run,
    expect: run.expect.map((one) => (one instanceof RegExp ? { not: one } : one))
  }
}
