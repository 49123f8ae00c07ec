import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../../src/gateway/config/config-error.ts'
import { parseRoutesFile } from '../../../src/plugins/file/parse-file.ts'

/** The one service of a file whose `probe` is this text. */
function serviceWith(probe: string) {
  const text = `services:\n  a:\n    endpoints: [10.0.0.5:80]\n    probe: ${probe}\n`
  return parseRoutesFile('file', '/etc/gateway/routes.yaml', text, 0).services[0]
}

describe('the probe of a service in a file', () => {
  const right: readonly (readonly [text: string, expected: unknown])[] = [
    ['{ target: /health }', { kind: 'http', path: '/health', intervalMs: 5_000, timeoutMs: 2_000 }],
    [
      '{ target: tcp, interval: 10s, timeout: 0.5s }',
      { kind: 'tcp', intervalMs: 10_000, timeoutMs: 500 }
    ],
    ['{ target: none, interval: 10s }', undefined]
  ]
  for (const [text, expected] of right) {
    test(text, () => assert.deepEqual(serviceWith(text)?.probe, expected))
  }

  const wrong: readonly (readonly [text: string, reason: RegExp])[] = [
    ['/health', /services\.a\.probe: must be/],
    ['{ interval: 5s }', /services\.a\.probe\.target/],
    ['{ target: /a b }', /:4: services\.a\.probe\.target: expected tcp, none or a path/],
    ['{ target: tcp, interval: 100ms }', /probe\.interval: must be a duration .* of at least 1s/],
    ['{ target: tcp, interval: 6m }', /probe\.interval: expected at most 300s, not 6m/],
    ['{ target: tcp, timeout: 2m }', /probe\.timeout: expected at most 60s, not 2m/]
  ]
  for (const [text, reason] of wrong) {
    test(`${text} is refused`, () => {
      assert.throws(
        () => serviceWith(text),
        (error: unknown) => error instanceof ConfigError && reason.test(error.message)
      )
    })
  }
})
