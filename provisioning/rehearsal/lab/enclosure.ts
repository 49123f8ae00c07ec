import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { mustRun } from './process.ts'
import { type Slirp, startSlirp } from './slirp.ts'

/**
 * Mount, process and network namespaces that hold all of a lab, so that the end of one process, the first
 * in there, is the end of everything in there. Their network is the laptop's.
 */
export interface Enclosure {
  /** The first process in there, as this host numbers it. */
  readonly pid: number
  /** Begins a command line that runs inside. */
  readonly enter: readonly string[]
  /** The NAT that gives the laptop its way out. */
  readonly uplink: Slirp
}

/** A network kept for measurements (RFC 2544): no host has it, so it can't hide a real one. */
const uplinkNetwork = '198.18.0.0/24'
const nameServer = '198.18.0.3'

/**
 * The first process. It ends with its input, so with the rehearsal. A /run of its own keeps what
 * systemd-nspawn writes there off the host's.
 */
const firstProcess = `
set -eu
mount -t tmpfs tmpfs /run
resolver=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$resolver")" && touch "$resolver"
mount --bind "$1/resolv.conf" "$resolver"
ip link set lo up
echo ready
while read -r _; do :; done
`

/** @param folder the lab's, which exists */
export async function openEnclosure(folder: string): Promise<Enclosure> {
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${nameServer}\n`)
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--propagation=private', '--pid', '--fork', '--kill-child=SIGKILL'],
      ...['--mount-proc', '--net', 'bash', '-c', firstProcess, 'lab', folder]
    ],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] }
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdin.on('error', () => undefined)
  const ready = once(child.stdout, 'data').then(() => true)
  ready.catch(() => undefined)
  const ended = once(child, 'exit').then(
    () => false,
    () => false
  )
  if (!(await Promise.race([ready, ended]))) {
    throw new Error(`namespaces can't be made: ${said.trim()}`)
  }
  const pid = await onlyChildOf(child.pid ?? 0)
  const uplink = await startSlirp({
    namespace: `/proc/${pid}/ns/net`,
    device: 'uplink',
    network: uplinkNetwork,
    configure: true
  })
  return { pid, uplink, enter: ['nsenter', `--target=${pid}`, '--mount', '--net', '--pid', '--'] }
}

/** The process that one has started, waiting until it has: `nsenter` and `unshare` fork to get inside. */
export async function onlyChildOf(parent: number, limitMs = 30_000): Promise<number> {
  for (let waited = 0; waited < limitMs; waited += 20) {
    const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(
      () => undefined
    )
    if (children === undefined) throw new Error(`process ${parent} ended`)
    const [first] = children.trim().split(' ')
    if (first) return Number(first)
    await pause(20)
  }
  throw new Error(`process ${parent} started nothing`)
}

/** Runs a shell script inside; `$1`, `$2` … are its arguments. */
export function runInside(
  { enter }: Pick<Enclosure, 'enter'>,
  script: string,
  ...args: readonly string[]
): Promise<string> {
  return mustRun([...enter, 'sh', '-euc', script, 'lab', ...args])
}
