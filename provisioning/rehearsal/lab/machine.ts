import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Machine } from '../lab.ts'
import { packageLayer } from './archives.ts'
import { makeCgroup, removeCgroup } from './cgroups.ts'
import { type Enclosure, runInside } from './enclosure.ts'
import { enteredHost } from './host.ts'
import { leaderOf } from './leader.ts'
import { connectNat, namespacePath, plugIn, unplug } from './network.ts'
import { killGroup } from './process.ts'
import type { Forward, Slirp } from './slirp.ts'

export interface MachineSite {
  readonly enclosure: Enclosure
  readonly folder: string
  readonly repository: string
  readonly cache: string
  readonly base: string
  readonly nspawn: readonly string[]
  /** The lab's folder in each cgroup hierarchy. */
  readonly cgroups: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

export interface MachineOptions {
  readonly name: string
  readonly address: string
  readonly forwards: readonly Forward[]
}

/** A machine that is on. */
interface Running {
  readonly nspawn: ChildProcess
  readonly leader: number
  readonly nat: Slirp
}

/** How long a machine may take to start or stop; only a limit against hanging. */
const limitMs = 120_000

/** A machine with an empty disk over the base image, still switched off. */
export async function createMachine(site: MachineSite, options: MachineOptions): Promise<Machine> {
  const { name, address } = options
  const folder = join(site.folder, 'machines', name)
  await makeDisk(site, folder, options)
  let running: Running | undefined

  const leader = () => {
    if (running === undefined) throw new Error(`${name} is switched off`)
    return running.leader
  }
  const host = enteredHost({
    name,
    address,
    enter: () => ['nsenter', `--target=${leader()}`, '--all', '--root', '--wd', '--'],
    env: site.env
  })

  const stop = async (verb: 'poweroff' | 'reboot') => {
    if (running === undefined) return
    const { nspawn, nat } = running
    const exited = nspawn.exitCode === null ? once(nspawn, 'exit') : Promise.resolve()
    await host.run(['systemctl', verb], { timeoutMs: 30_000 })
    const timer = setTimeout(() => killGroup(nspawn, 'SIGKILL'), limitMs)
    await exited
    clearTimeout(timer)
    running = undefined
    await nat.stop()
    await unplug(site.enclosure, site.folder, name)
    for (const cgroup of site.cgroups) await removeCgroup(join(cgroup, name))
  }
  const boot = async () => {
    if (running !== undefined) throw new Error(`${name} is switched on already`)
    await plugIn(site.enclosure, site.folder, { name, address, device: 'eth1' })
    const nat = await connectNat(site.enclosure, site.folder, name, options.forwards)
    const nspawn = await startNspawn(site, folder, name)
    running = { nspawn, nat, leader: await leaderOf(nspawn) }
    await untilUp(host.run, nspawn, folder)
  }

  return {
    ...host,
    get root() {
      return running === undefined
        ? `/proc/${site.enclosure.pid}/root${join(folder, 'root')}`
        : `/proc/${running.leader}/root`
    },
    boot,
    powerOff: () => stop('poweroff'),
    reboot: async () => {
      await stop('reboot')
      await boot()
    }
  }
}

/** The machine's disk: what it writes lies over the base, and Docker gets a folder of a plain file system. */
async function makeDisk(
  site: MachineSite,
  folder: string,
  { name }: MachineOptions
): Promise<void> {
  for (const each of ['written', 'work', 'root', 'docker']) {
    await mkdir(join(folder, each), { recursive: true })
  }
  const etc = join(folder, 'written/etc')
  await mkdir(etc)
  await writeFile(join(etc, 'hostname'), `${name}\n`)
  await writeFile(join(etc, 'hosts'), hostsFile(name))
  await writeFile(join(etc, 'machine-id'), `${crypto.randomUUID().replaceAll('-', '')}\n`)
  const packages = await packageLayer(site.cache, join(folder, 'packages'))
  await runInside(
    site.enclosure,
    'mount -t overlay overlay -o "lowerdir=$1:$2,upperdir=$3/written,workdir=$3/work" "$3/root"',
    packages,
    site.base,
    folder
  )
}

/** As Vagrant leaves it after setting a guest's name. */
function hostsFile(name: string): string {
  return `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\t${name}\n::1\tlocalhost ip6-localhost ip6-loopback\n`
}

const joinCgroups = `
n=$1; shift
while [ "$n" -gt 0 ]; do echo $$ >"$1/cgroup.procs"; shift; n=$((n - 1)); done
exec "$@"
`

async function startNspawn(site: MachineSite, folder: string, name: string): Promise<ChildProcess> {
  const cgroups = site.cgroups.map((cgroup) => join(cgroup, name))
  for (const cgroup of cgroups) await makeCgroup(cgroup)
  const console = await open(join(folder, 'console.log'), 'a')
  const child = spawn(
    'sh',
    [
      ...['-euc', joinCgroups, 'lab', String(cgroups.length), ...cgroups],
      ...site.enclosure.enter,
      // The machine's own network may be set up by it; the rest of /proc/sys is this host's.
      ...['env', 'SYSTEMD_NSPAWN_API_VFS_WRITABLE=network', ...site.nspawn],
      ...nspawnOptions(site, folder, name)
    ],
    { detached: true, stdio: ['ignore', console.fd, console.fd] }
  )
  await once(child, 'spawn')
  await console.close()
  return child
}

function nspawnOptions(site: MachineSite, folder: string, name: string): string[] {
  const secrets = 'provisioning/.secrets'
  return [
    ...['--quiet', `--directory=${join(folder, 'root')}`, `--machine=${name}`],
    ...['--boot', '--console=pipe', '--register=no', '--keep-unit', '--link-journal=no'],
    ...['--resolv-conf=off', '--timezone=off'],
    `--network-namespace-path=${namespacePath(site.folder, name)}`,
    // What Docker needs beyond what a container usually may: not the host's clock, nor its modules.
    '--capability=CAP_NET_ADMIN,CAP_IPC_LOCK,CAP_BPF',
    '--system-call-filter=add_key keyctl bpf',
    `--bind=${join(folder, 'docker')}:/var/lib/docker`,
    `--bind-ro=${site.repository}:/marathon-gateway`,
    `--bind=${join(site.repository, secrets)}:/marathon-gateway/${secrets}`
  ]
}

/** @throws Error when the machine does not come up; its console's file says why */
async function untilUp(run: Machine['run'], nspawn: ChildProcess, folder: string): Promise<void> {
  for (let waited = 0; waited < limitMs && nspawn.exitCode === null; waited += 100) {
    const { stdout } = await run(['systemctl', 'is-system-running'], { timeoutMs: 10_000 })
    if (stdout.trim() === 'running' || stdout.trim() === 'degraded') return
    await pause(100)
  }
  throw new Error(`the machine did not come up; see ${join(folder, 'console.log')}`)
}
