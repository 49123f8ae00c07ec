import { access, constants } from 'node:fs/promises'
import { hierarchies } from './cgroups.ts'
import { runProcess } from './process.ts'

/** Programs a lab uses, and the Debian package that holds each. */
const programs = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  ip: 'iproute2',
  timeout: 'coreutils',
  'dpkg-deb': 'dpkg',
  mmdebstrap: 'mmdebstrap',
  slirp4netns: 'slirp4netns'
}

/** Why this host can't have a lab, in one sentence; undefined when it can. */
export async function obstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'machines need Linux'
  if (process.getuid?.() !== 0) return 'machines need root'
  const missing: string[] = []
  for (const [program, debian] of Object.entries(programs)) {
    const { code } = await runProcess(['sh', '-c', 'command -v "$1"', 'sh', program])
    if (code !== 0 && !missing.includes(debian)) missing.push(debian)
  }
  if (missing.length > 0) return `missing here: apt-get install ${missing.join(' ')}`
  if (!(await writable('/dev/net/tun'))) return '/dev/net/tun is not there, or can not be used'
  const [first] = await hierarchies()
  if (first === undefined || !(await writable(first.parent))) return 'there are no writable cgroups'
  const spaces = await runProcess(['unshare', '--mount', '--pid', '--fork', '--net', 'true'])
  if (spaces.code !== 0) return `namespaces can not be made: ${spaces.stderr.trim()}`
  return undefined
}

function writable(path: string): Promise<boolean> {
  return access(path, constants.W_OK).then(
    () => true,
    () => false
  )
}
