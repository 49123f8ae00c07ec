import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import test from 'node:test'
import { createTaskLookup } from '../../../../src/gateway/http/upstream/task-lookup.ts'

const HOUR_MS = 3_600_000

/** A name server that is told what to say, and a clock. */
function given(answer: () => readonly string[] | Promise<readonly string[]>) {
  const state = { now: 0, asked: 0, troubles: [] as string[], answer }
  const lookup = createTaskLookup({
    now: () => state.now,
    onTrouble: (name, error) => state.troubles.push(`${name} ${error?.message ?? 'is well'}`),
    async find() {
      state.asked++
      const found = await state.answer()
      return found.map((address): LookupAddress => ({ address, family: 4 }))
    }
  })
  const find = (name = 'agent.test') =>
    new Promise<string>((resolve) => {
      lookup(name, {}, (error, address) => resolve(error?.message ?? String(address)))
    })
  return { state, find }
}

function fail(): never {
  throw new Error('EAI_AGAIN')
}

test('an answer is used for five seconds, and one question serves all who ask at one time', async () => {
  const { state, find } = given(() => ['10.0.0.1'])
  assert.deepEqual(await Promise.all([find(), find(), find()]), Array(3).fill('10.0.0.1'))
  assert.equal(state.asked, 1)
  state.now = 4_999
  assert.equal(await find(), '10.0.0.1')
  assert.equal(state.asked, 1)
  state.now = 5_000
  state.answer = () => ['10.0.0.2']
  assert.equal(await find(), '10.0.0.2')
})

test('when nobody answers the last address serves, and is asked for at growing distances', async () => {
  const { state, find } = given(() => ['10.0.0.1'])
  await find()
  state.answer = fail
  const askedAt: number[] = []
  for (state.now = 5_000; state.now <= 80_000; state.now += 500) {
    const before = state.asked
    assert.equal(await find(), '10.0.0.1')
    if (state.asked > before) askedAt.push(state.now / 1_000)
  }
  assert.deepEqual(askedAt, [5, 6, 8, 12, 20, 36, 66])
  assert.deepEqual(state.troubles, ['agent.test EAI_AGAIN'])
  state.now = 100_000
  state.answer = () => ['10.0.0.3']
  assert.equal(await find(), '10.0.0.3')
  assert.deepEqual(state.troubles.slice(1), ['agent.test is well'])
})

test('after an hour the last address serves no more', async () => {
  const { state, find } = given(() => ['10.0.0.1'])
  await find()
  state.answer = fail
  state.now = HOUR_MS - 1
  assert.equal(await find(), '10.0.0.1')
  state.now = HOUR_MS
  assert.equal(await find(), 'EAI_AGAIN')
})

test('who asked in time gets the last address, though the hour is over when the question fails', async () => {
  const { state, find } = given(() => ['10.0.0.1'])
  await find()
  state.now = HOUR_MS - 1
  state.answer = async () => {
    state.now = HOUR_MS
    return fail()
  }
  assert.equal(await find(), '10.0.0.1')
})

test('a name server that does not answer soon is not waited for', async () => {
  const { state, find } = given(() => ['10.0.0.1'])
  await find()
  state.now = 5_000
  let answer: (found: readonly string[]) => void = () => undefined
  state.answer = () => new Promise((resolve) => (answer = resolve))
  assert.equal(await find(), '10.0.0.1')
  answer(['10.0.0.2'])
  await new Promise(setImmediate)
  assert.equal(await find(), '10.0.0.2')
})

test('a name that was never found is an error, and asked for again each time', async () => {
  const { state, find } = given(fail)
  assert.equal(await find(), 'EAI_AGAIN')
  assert.equal(await find(), 'EAI_AGAIN')
  assert.equal(state.asked, 2)
})

test('link-local addresses are forgotten', async () => {
  const { find } = given(() => ['169.254.169.254'])
  assert.match(await find(), /link-local/)
})
