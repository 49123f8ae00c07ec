import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

const FOLDER = join(import.meta.dirname, '../../provisioning')
const text = await readFile(join(FOLDER, 'cluster.yaml'), 'utf8')

interface Machine {
  readonly address: string
  readonly role: string
  readonly autostart: boolean
  readonly needs_masters: number
}

interface Cluster {
  readonly masters: number
  readonly machines: Readonly<Record<string, Machine>>
  readonly ports: Readonly<Record<string, number>>
  readonly forwarded_ports: Readonly<Record<string, number>>
}

const cluster: Cluster = parse(text)

test('cluster.yaml has the machines of the cluster, their addresses and what starts with which masters', () => {
  const rows = Object.entries(cluster.machines).map(([name, machine]) => [
    name,
    machine.address,
    machine.role,
    machine.autostart,
    machine.needs_masters
  ])
  assert.deepEqual(rows, [
    ['master', '192.168.58.201', 'master', true, 1],
    ['master2', '192.168.58.202', 'master', true, 3],
    ['master3', '192.168.58.203', 'master', true, 3],
    ['slave1', '192.168.58.211', 'slave', true, 1],
    ['slave2', '192.168.58.212', 'slave', false, 1],
    ['slave3', '192.168.58.213', 'slave', false, 1]
  ])
  assert.equal(cluster.masters, 1)
})

test('cluster.yaml leads three ports of the laptop to Marathon, the registry and the front door', () => {
  const forwards = Object.entries(cluster.forwarded_ports).map(
    ([service, port]) => `${port} → ${cluster.ports[service]}`
  )
  assert.deepEqual(forwards, ['8080 → 8080', '5000 → 5000', '8888 → 80'])
})

test('cluster.yaml gives every download a place for its checksum, and a checksum is never half of one', () => {
  let downloads = 0
  for (const [path, node] of objectsOf(cluster)) {
    if (!('url' in node)) continue
    downloads += 1
    assert.ok('sha256' in node, `${path} has a url and no sha256`)
    if (typeof node['url'] === 'string')
      assert.match(String(node['sha256']), /^[0-9a-f]{64}$/, path)
  }
  assert.ok(downloads >= 5, `only ${downloads} downloads were found`)
})

test('cluster.yaml holds no secret', () => {
  for (const [path, node] of objectsOf(cluster)) {
    const names = Object.keys(node).filter((key) => /password|secret(?!s_folder)|token/.test(key))
    assert.deepEqual(names, [], path)
  }
})

test('what is made for one cluster stays out of git', async () => {
  const ignored = await readFile(join(FOLDER, '../.gitignore'), 'utf8')
  for (const path of ['/provisioning/cluster.local.yaml', '/provisioning/.secrets/']) {
    assert.ok(ignored.split('\n').includes(path), `${path} is not in .gitignore`)
  }
})

function* objectsOf(value: unknown, path = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  yield [path, value as Record<string, unknown>]
  for (const [key, inner] of Object.entries(value)) yield* objectsOf(inner, `${path}/${key}`)
}
