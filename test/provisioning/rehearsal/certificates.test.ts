import assert from 'node:assert/strict'
import { test } from 'node:test'
import { certificatesIn, ownAuthorities } from '../../../provisioning/rehearsal/lab/certificates.ts'

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`

test('certificates of a bundle: each by itself, remarks left out', () => {
  const bundle = `# first\n${pem('QUJD')}\n\n# second\n${pem('REVG')}\n`
  assert.deepEqual(certificatesIn(bundle), [pem('QUJD'), pem('REVG')])
})

test("a network's own authorities: those of the host that a stock Debian lacks, however they are wrapped", () => {
  const stock = [pem('QUJD\nREVG')]
  const host = [pem('QUJDREVG'), pem('R0hJ')]
  assert.deepEqual(ownAuthorities(host, stock), [pem('R0hJ')])
})
