import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

interface Machine {
  readonly address: string
  readonly role: 'master' | 'slave'
  readonly autostart: boolean
  readonly needs_masters: number
}

interface Cluster {
  readonly machines: Readonly<Record<string, Machine>>
  readonly ports: Readonly<Record<string, number>>
  readonly forwarded_ports: Readonly<Record<string, number>>
}

const FOLDER = join(import.meta.dirname, '../../provisioning')
const cluster: Cluster = parse(await readFile(join(FOLDER, 'cluster.yaml'), 'utf8'))
const readme = await readFile(join(FOLDER, 'README.md'), 'utf8')

/** Cells of the rows of the table whose head begins with this cell. */
function tableBelow(head: string): string[][] {
  const lines = readme.split('\n')
  const at = lines.findIndex((line) => line.startsWith(`| ${head} |`))
  assert.ok(at >= 0, `the README has no table '${head}'`)
  const body = lines.slice(at + 2)
  const end = body.findIndex((line) => !line.startsWith('|'))
  return body.slice(0, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.replaceAll('`', '').trim())
  )
}

function rolesOf(name: string, { role }: Machine): string {
  if (role === 'slave') return 'Mesos agent, Docker'
  const registry = name === 'master' ? ['registry'] : []
  return ['ZooKeeper', 'Mesos master', 'Marathon', ...registry, 'gateway'].join(', ')
}

function startOf(name: string, { autostart, needs_masters }: Machine): string {
  if (needs_masters > 1) return `only with CLUSTER_MASTERS=${needs_masters}`
  return autostart ? 'yes' : `no: vagrant up ${name}`
}

test('the README’s table has the machines of cluster.yaml: address, roles, what starts', () => {
  const machines = Object.entries(cluster.machines).map(([name, machine]) => [
    name,
    machine.address,
    rolesOf(name, machine),
    startOf(name, machine)
  ])
  assert.deepEqual(tableBelow('machine'), machines)
})

test('the README’s table has the forwarded ports of cluster.yaml', () => {
  const rows = tableBelow('on the laptop').map(([laptop, guest]) => [laptop, guest])
  const ports = Object.entries(cluster.forwarded_ports).map(([service, port]) => [
    `127.0.0.1:${port}`,
    `master:${cluster.ports[service]}`
  ])
  assert.deepEqual(rows, ports)
})

test('the README tells how every download of cluster.yaml is replaced', () => {
  for (const [path, value] of entriesOf(cluster)) {
    if (!path.endsWith('.url')) continue
    assert.ok(readme.includes(`\`${path}\``), `${path} (${value}) is not in the README`)
  }
})

function* entriesOf(value: unknown, path = ''): Generator<[string, unknown]> {
  if (typeof value !== 'object' || value === null) {
    yield [path, value]
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    yield* entriesOf(inner, path === '' ? key : `${path}.${key}`)
  }
}
