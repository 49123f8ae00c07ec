import type { Machine } from '../lab.ts'
import { expect, must, shell } from '../story/ask.ts'
import type { Cluster } from '../story/cluster.ts'
import { slaveWithTask } from '../story/sample-app.ts'

type Wanted = Readonly<Record<string, RegExp>>

const hardened = {
  ActiveState: /^active$/,
  UnitFileState: /^enabled$/,
  NoNewPrivileges: /^yes$/,
  ProtectSystem: /^strict$/,
  ProtectHome: /^(yes|read-only|tmpfs)$/,
  PrivateTmp: /^yes$/,
  ProtectKernelTunables: /^yes$/,
  ProtectControlGroups: /^yes$/
}

/** By unit, what systemd itself says of it. */
const WANTED: Readonly<Record<'first' | 'master' | 'slave', Readonly<Record<string, Wanted>>>> = {
  first: { 'docker-registry': { ...hardened, User: /^docker-registry$/ } },
  master: {
    zookeeper: { ...hardened, User: /^zookeeper$/ },
    'mesos-master': { ...hardened, User: /^mesos$/ },
    marathon: hardened,
    'marathon-gateway': {
      ...hardened,
      User: /^marathon-gateway$/,
      AmbientCapabilities: /^cap_net_bind_service$/,
      CapabilityBoundingSet: /^cap_net_bind_service$/,
      PrivateDevices: /^yes$/
    }
  },
  slave: {
    // Root, and the manager of control groups: it starts containers.
    'mesos-agent': {
      ActiveState: /^active$/,
      UnitFileState: /^enabled$/,
      NoNewPrivileges: /^yes$/,
      ProtectSystem: /^(full|strict)$/,
      ProtectHome: /^yes$/
    }
  }
}

/** @throws Error that names the unit and the property */
export async function expectHardUnits({ masters, slaves }: Cluster): Promise<string> {
  const lines: string[] = []
  for (const [index, machine] of masters.entries()) {
    const units = { ...WANTED.master, ...(index === 0 ? WANTED.first : {}) }
    lines.push(...(await examine(machine, units)))
  }
  for (const machine of slaves) lines.push(...(await examine(machine, WANTED.slave)))
  return lines.join('\n')
}

async function examine(
  machine: Machine,
  units: Readonly<Record<string, Wanted>>
): Promise<readonly string[]> {
  const lines: string[] = []
  for (const [unit, wanted] of Object.entries(units)) {
    const names = Object.keys(wanted)
    const output = await must(machine, ['systemctl', 'show', unit, `--property=${names.join(',')}`])
    const found = new Map(
      output.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string])
    )
    for (const [name, form] of Object.entries(wanted)) {
      const value = found.get(name) ?? ''
      expect(form.test(value), `${machine.name}: ${unit} has ${name}=${value}`)
    }
    lines.push(`${machine.name} ${unit}: ${await exposure(machine, unit)}`)
  }
  return lines
}

/** How systemd rates the unit: 0 is shut, 10 wide open. */
async function exposure(machine: Machine, unit: string): Promise<string> {
  const { stdout } = await machine.run([
    'systemd-analyze',
    'security',
    '--no-pager',
    `${unit}.service`
  ])
  return /exposure level for .*?: (\d+\.\d+ \w+)/.exec(stdout)?.[1] ?? 'not rated'
}

/** Docker's own rules and the cluster's table, before and after the table is loaded again. */
export async function expectRulesSideBySide(cluster: Cluster): Promise<string> {
  const slave = await slaveWithTask(cluster)
  const look = async () => {
    const nat = await must(slave, shell('iptables -t nat -S DOCKER | grep -c -- "-j DNAT" || true'))
    await must(slave, ['nft', 'list', 'table', 'inet', 'cluster'])
    return nat.trim()
  }
  const before = await look()
  expect(before !== '0', 'Docker publishes no port by a rule of its own')
  await must(slave, ['systemctl', 'reload-or-restart', 'cluster-firewall.service'])
  const after = await look()
  expect(after === before, `${before} rules of Docker became ${after}`)
  return `${after} ports published by Docker's rules on ${slave.name}, beside table inet cluster`
}

/** How the daemons were really started: the stand-ins keep it. */
export async function expectBareArguments({ master, slaves }: Cluster): Promise<string> {
  const [slave] = slaves
  const places: readonly (readonly [Machine | undefined, string])[] = [
    [master, '/var/lib/mesos/master/launch.json'],
    [slave, '/var/lib/mesos/agent/launch.json']
  ]
  const lines: string[] = []
  for (const [machine, file] of places) {
    if (machine === undefined) continue
    const launch = JSON.parse(await must(machine, ['cat', file])) as {
      arguments: readonly string[]
    }
    const bare = launch.arguments.filter((word) => /zk:\/\/|:\/\/[^/]*@|"secret"/.test(word))
    expect(bare.length === 0, `${machine.name}: ${bare.length} arguments hold credentials`)
    lines.push(`${machine.name}: ${launch.arguments.join(' ')}`)
  }
  return lines.join('\n')
}
