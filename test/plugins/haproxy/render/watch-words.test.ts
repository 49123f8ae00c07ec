import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../../../src/gateway/model/route.ts'
import { defaultRenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { lostWords, watchWords } from '../../../../src/plugins/haproxy/render/watch-words.ts'
import { service } from '../../../contract/picker.ts'

const probe = { kind: 'tcp', intervalMs: 5000, timeoutMs: 2000 } as const

const cases: readonly {
  readonly name: string
  readonly given: Partial<Service>
  readonly slowStartMs?: number
  readonly words: string
  readonly lost?: string
}[] = [
  { name: 'nothing is said', given: {}, words: '' },
  { name: 'a probe alone', given: { probe }, words: '' },
  {
    name: 'ejection with a probe',
    given: { probe, ejection: { after: 3 } },
    words: 'observe layer4 error-limit 3 on-error mark-down'
  },
  {
    name: 'statuses with a probe',
    given: { probe, ejection: { statuses: [503] } },
    words: 'observe layer7 error-limit 5 on-error mark-down'
  },
  {
    name: 'ejection without a probe',
    given: { ejection: { after: 3 } },
    words: '',
    lost: 'gateway.ejection'
  },
  { name: 'no ejection', given: { probe, ejection: { after: 0 } }, words: '' },
  { name: 'no ejection, no probe', given: { ejection: { after: 0 } }, words: '' },
  { name: 'slow start', given: { slowStartMs: 30_000 }, words: 'slowstart 30000ms' },
  { name: 'slow start for all', given: {}, slowStartMs: 1000, words: 'slowstart 1000ms' },
  { name: 'hold', given: { holdMs: 10_000 }, words: '', lost: 'gateway.hold' },
  { name: 'none for this one', given: { slowStartMs: 0 }, slowStartMs: 1000, words: '' }
]

for (const { name, given, slowStartMs = 0, words, lost = '' } of cases) {
  test(`words of servers about new and failing tasks: ${name}`, () => {
    const one = service(given)
    const options = { ...defaultRenderOptions, slowStartMs }
    assert.equal(watchWords(one, one.probe, options).join(' '), words)
    assert.equal(
      lostWords(one)
        .map(([label]) => label)
        .join(' '),
      lost
    )
  })
}
