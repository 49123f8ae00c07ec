import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

const text = await readFile(join(import.meta.dirname, '../../provisioning/Vagrantfile'), 'utf8')

test('the Vagrantfile repeats nothing of cluster.yaml', () => {
  assert.doesNotMatch(text, /192\.168\.|bento|debian\/|slave\d/)
  assert.match(text, /%w\[cluster\.yaml cluster\.local\.yaml\]/)
})

test('the Vagrantfile opens forwarded ports on the loopback alone, and only on the ports asked for', () => {
  const forwards = text.match(/'forwarded_port'[\s\S]*?\n\s*end/g) ?? []
  assert.equal(forwards.length, 1)
  assert.match(forwards[0] ?? '', /host_ip: '127\.0\.0\.1', auto_correct: false/)
})

test('the Vagrantfile gives every machine to provision.sh with its role and the number of masters', () => {
  assert.match(text, /provision 'shell', path: 'provision\.sh', args: \[machine\['role'\]\]/)
  assert.match(text, /env: \{ 'CLUSTER_MASTERS' => masters \}/)
})

test('the Vagrantfile shows the secrets to root alone, on the laptop to their owner', () => {
  assert.match(text, /mkdir_p\(secrets, mode: 0o700\)/)
  assert.match(text, /mount_options: %w\[dmode=0700 fmode=0600\]/)
})

test('the Vagrantfile knows VirtualBox, with linked clones, and libvirt', () => {
  assert.match(text, /provider 'virtualbox'/)
  assert.match(text, /linked_clone = true/)
  assert.match(text, /provider 'libvirt'/)
})
