import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hierarchies } from './cgroups.ts'
import { runProcess } from './process.ts'

/**
 * What is left of a lab on this host, in words: processes, mounts, cgroups, interfaces, files. Looks for
 * its id everywhere, and not in what the lab itself has written down.
 *
 * @param id as in the name of its folder, `lab-ID`
 */
export async function tracesOf(cache: string, id: string): Promise<string[]> {
  const found = await Promise.all([
    processesOf(id),
    mountsOf(id),
    cgroupsOf(id),
    filesOf(cache, id)
  ])
  return found.flat()
}

async function processesOf(id: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const traces = await Promise.all(
    pids.map(async (pid) => {
      if (Number(pid) === process.pid) return []
      const text = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
      const [command, cgroup, status] = await Promise.all([
        text('cmdline'),
        text('cgroup'),
        text('status')
      ])
      if (/^State:\s+[ZX]/m.test(status) || !`${command}${cgroup}`.includes(id)) return []
      return [`process ${pid}: ${command.replaceAll('\0', ' ').trim().slice(0, 120)}`]
    })
  )
  return traces.flat()
}

async function mountsOf(id: string): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return mounts
    .split('\n')
    .filter((line) => line.includes(id))
    .map((line) => `mount ${line}`)
}

async function cgroupsOf(id: string): Promise<string[]> {
  const names = (await hierarchies()).map(({ parent }) => join(parent, `rehearsal-${id}`))
  return existing(names, 'cgroup')
}

function filesOf(cache: string, id: string): Promise<string[]> {
  return existing([join(cache, `lab-${id}`), join(cache, 'leases', `${id}.json`)], 'file')
}

async function existing(paths: readonly string[], kind: string): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => [`${kind} ${path}`],
        () => []
      )
    )
  )
  return found.flat()
}

/** The networks of a lab: its machines', their NAT's, and its way out. */
const networks = /192\.168\.58\.|10\.0\.2\.|198\.18\.0\./

/**
 * This host's own network as far as a lab could have touched it: forwarding, and every interface, route and
 * rule that has to do with the lab's networks. From before and after it, two of these have to be equal.
 */
export async function networkOfHost(): Promise<string> {
  const [forwarding, { stdout }] = await Promise.all([
    readFile('/proc/sys/net/ipv4/ip_forward', 'utf8'),
    runProcess(['sh', '-c', 'ip -o address; ip route; iptables-save; nft list ruleset'])
  ])
  const touched = stdout.split('\n').filter((line) => networks.test(line))
  return [`forwarding ${forwarding.trim()}`, ...touched].join('\n')
}
