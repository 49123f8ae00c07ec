import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../../../src/gateway/marathon/answer.ts'
import { createAppSplitter } from '../../../src/gateway/marathon/split-apps.ts'

const NO_JSON = 'the answer is no JSON, or not all of it'
const NO_LIST = 'the answer has no list "apps"'
const TWO_LISTS = 'the answer has more than one list "apps"'

const answers: readonly { text: string; found: readonly string[] | string }[] = [
  { text: '{"apps":[]}', found: [] },
  { text: ' {\n"apps" : [ {"id":"/a"} , 7,"x" ]\t} ', found: ['{"id":"/a"}', '7', '"x"'] },
  { text: '{"apps":[{"id":"]\\"}\\\\"}],"more":{"apps":[1]}}', found: ['{"id":"]\\"}\\\\"}'] },
  { text: '{"a":[{"apps":[1]}],"apps":[{"b":[[{}],[]]}]}', found: ['{"b":[[{}],[]]}'] },
  { text: '{"apps":7,"apps":[2]}', found: ['2'] },
  { text: '{"apps":[1],"apps":[2]}', found: TWO_LISTS },
  { text: '{"apps":[1],"\\u0061pps":[2]}', found: TWO_LISTS },
  { text: '{"apps":["ü"]}', found: ['"ü"'] },
  { text: '{"apps":[1],"apps":3}', found: TWO_LISTS },
  { text: '{"apps":{"0":1}}', found: NO_LIST },
  { text: '{"app":[1]}', found: NO_LIST },
  { text: '[{"apps":[]}]', found: NO_LIST },
  { text: '7', found: NO_LIST },
  { text: '', found: NO_JSON },
  { text: '<html>', found: NO_JSON },
  { text: '{"apps":[1', found: NO_JSON },
  { text: '{"apps":[{"id":"/a"},{"id', found: NO_JSON },
  { text: '{"apps":[1]', found: NO_JSON },
  { text: '{"apps":[1,]}', found: NO_JSON },
  { text: '{"apps":[,1]}', found: NO_JSON },
  { text: '{"apps":[1 2]}', found: NO_JSON },
  { text: '{"apps":[1]}}', found: NO_JSON },
  { text: '{"apps":[1],}', found: NO_JSON },
  { text: '{"apps":[1] "b":2}', found: NO_JSON },
  { text: '{"apps" [1]}', found: NO_JSON },
  { text: '{"x":nul,"apps":[1]}', found: NO_JSON }
]

for (const { text, found } of answers) {
  test(`the apps of ${text}`, () => assert.deepEqual(split(text), found))
}

test('any object with a list of apps is split into the values that JSON has there', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.jsonValue()),
      fc.nat(3),
      (others, apps, indent) => {
        const found = split(JSON.stringify({ ...others, apps, z: others }, undefined, indent))
        assert.ok(Array.isArray(found))
        assert.deepEqual(
          found.map((part) => JSON.parse(part)),
          JSON.parse(JSON.stringify(apps))
        )
      }
    )
  )
})

test('an answer that was damaged is never taken for apps that JSON would not have', () => {
  const text = JSON.stringify({ apps: [{ id: '/a"', n: [1, -2.5e3] }, { id: '/b' }], v: null })
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...'"\\,:[]{} x', ''), (at, by) => {
      const damaged = text.slice(0, at) + by + text.slice(at + 1)
      const found = split(damaged)
      const parts = Array.isArray(found) ? found.map((part) => parseJson(Buffer.from(part))) : []
      const readable = Array.isArray(found) && !parts.includes(undefined)
      const whole = parseJson(Buffer.from(damaged))
      const apps = (whole as { apps?: unknown } | null | undefined)?.apps
      assert.deepEqual(readable ? parts : undefined, Array.isArray(apps) ? apps : undefined)
    }),
    { numRuns: 1000 }
  )
})

test('it does not matter how the bytes come', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.jsonValue()).map((apps) => JSON.stringify({ a: '"', apps, z: ['\\', apps] })),
        fc.constantFrom(...answers.map(({ text }) => text))
      ),
      fc.array(fc.nat()),
      (text, at) => {
        const { length } = Buffer.from(text)
        assert.deepEqual(
          split(
            text,
            at.map((one) => one % (length + 1))
          ),
          split(text)
        )
        assert.deepEqual(
          split(
            text,
            Array.from({ length }, (_, index) => index)
          ),
          split(text)
        )
      }
    )
  )
})

test('whoever has no list in its first MiB is not read further', () => {
  const splitter = createAppSplitter()
  const push = () => [...splitter.push(Buffer.alloc(600_000, ' '))]
  assert.deepEqual(push(), [])
  assert.throws(push, { message: NO_LIST })
})

/** @param cuts where one buffer ends and the next one begins */
function split(text: string, cuts: readonly number[] = []): readonly string[] | string {
  const bytes = Buffer.from(text)
  const splitter = createAppSplitter()
  const found: string[] = []
  const ends = [...cuts, bytes.length].sort((a, b) => a - b)
  try {
    for (const [at, end] of ends.entries()) {
      for (const app of splitter.push(bytes.subarray(ends[at - 1] ?? 0, end))) {
        found.push(app.toString())
      }
    }
    splitter.end()
  } catch (error) {
    return (error as Error).message
  }
  return found
}
