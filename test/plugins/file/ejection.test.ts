import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../../src/gateway/config/config-error.ts'
import { parseRoutesFile } from '../../../src/plugins/file/parse-file.ts'

/** The one service of a file that has this line. */
function serviceWith(line: string) {
  const text = `services:\n  a:\n    endpoints: [10.0.0.5:80]\n    ${line}\n`
  return parseRoutesFile('file', '/etc/gateway/routes.yaml', text, 0).services[0]
}

describe('ejection and slow start of a service in a file', () => {
  const right: readonly (readonly [line: string, expected: object])[] = [
    ['ejection: { after: 3 }', { ejection: { after: 3 } }],
    ['ejection: { after: 0 }', { ejection: { after: 0 } }],
    ['ejection: { statuses: [502, 503] }', { ejection: { statuses: [502, 503] } }],
    ['ejection: { after: 2, statuses: [] }', { ejection: { after: 2, statuses: [] } }],
    ['ejection: {}', {}],
    ['slowStart: 30s', { slowStartMs: 30_000 }],
    ['slowStart: 0s', { slowStartMs: 0 }]
  ]
  for (const [line, expected] of right) {
    test(line, () => {
      const { ejection, slowStartMs } = serviceWith(line) ?? {}
      const found = {
        ...(ejection && { ejection }),
        ...(slowStartMs !== undefined && { slowStartMs })
      }
      assert.deepEqual(found, expected)
    })
  }

  const wrong: readonly (readonly [line: string, reason: RegExp])[] = [
    ['ejection: { after: -1 }', /:4: services\.a\.ejection\.after: must be/],
    ['ejection: { after: 1001 }', /services\.a\.ejection\.after: must be/],
    ['ejection: { statuses: [404] }', /services\.a\.ejection\.statuses\.0: must be/],
    ['ejection: { most: 1 }', /services\.a\.ejection\.most/],
    ['slowStart: 2h', /:4: services\.a\.slowStart: expected at most 3600s, not 2h/],
    ['slowStart: soon', /services\.a\.slowStart: must be a duration/]
  ]
  for (const [line, reason] of wrong) {
    test(`${line} is refused`, () => {
      assert.throws(
        () => serviceWith(line),
        (error: unknown) => error instanceof ConfigError && reason.test(error.message)
      )
    })
  }
})
