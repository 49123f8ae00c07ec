import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../lab/process.ts'
import type { Machine } from '../lab.ts'
import { expect, must, shell } from '../story/ask.ts'
import { printedFile } from '../story/build.ts'
import type { Cluster } from '../story/cluster.ts'

/** Shorter lines of the folder are no secrets: words of a netrc, say. */
const LEAST_CHARS = 20
/** Where a machine's own files are; what Docker keeps of containers is looked into by its own commands. */
const LOOKED_INTO = '/etc /var/lib /var/log /var/cache /opt /run /srv /root /home /tmp /usr/local'
const PATTERNS = '/root/.looked-for'

/** Every generated secret, and the keys of the certificates, as text that must be found nowhere else. */
async function secretsOf({ lab }: Cluster): Promise<readonly string[]> {
  const folder = join(lab.repository, 'provisioning/.secrets')
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const found = new Set<string>()
  for (const name of names) {
    if (/\.(crt|srl|csr|cnf)$/.test(name) || name.endsWith('netrc')) continue
    for (const line of (await readFile(name, 'utf8')).split('\n')) {
      const isSecret = line.length >= LEAST_CHARS && !/^-----/.test(line)
      if (isSecret && (await isPrivate(name))) found.add(line.trim())
    }
  }
  return [...found]
}

/** A certificate is for everybody, the key beside it is not. */
async function isPrivate(name: string): Promise<boolean> {
  return !(await readFile(name, 'utf8')).includes('BEGIN CERTIFICATE')
}

/** Runs a script with the secrets in a file of its own on the machine: `$patterns`. */
async function search(
  machine: Machine,
  secrets: readonly string[],
  script: string
): Promise<string> {
  const put = `umask 077; cat > ${PATTERNS}; patterns=${PATTERNS}; ${script}; rm -f ${PATTERNS}`
  return must(machine, shell(put), { input: `${secrets.join('\n')}\n` })
}

/** @throws Error that names a file with a secret that others may read. @returns all files with one */
export async function expectClosedFiles(cluster: Cluster): Promise<string> {
  const secrets = await secretsOf(cluster)
  expect(secrets.length >= 8, `only ${secrets.length} secrets were found to look for`)
  const lines: string[] = []
  for (const machine of [...cluster.masters, ...cluster.slaves]) {
    const output = await search(
      machine,
      secrets,
      `grep -rlFf $patterns --devices=skip --exclude-dir=docker --exclude-dir=overlay2 ${LOOKED_INTO} 2>/dev/null | grep -vx $patterns | while read -r file; do stat -c '%a %U:%G %n' "$file"; done`
    )
    const files = output.split('\n').filter((line) => line !== '')
    const open = files.filter((line) => !/^[0-7]*[0-7][0-7]0 /.test(line))
    const unlocked = open.filter((line) => !isBehindClosedFolder(line))
    expect(unlocked.length === 0, `${machine.name}: others may read\n${unlocked.join('\n')}`)
    lines.push(`${machine.name}:`, ...files.map((file) => `  ${file}`))
  }
  return lines.join('\n')
}

/** The folder of secrets is the laptop's; only its mode counts. */
function isBehindClosedFolder(line: string): boolean {
  return line.includes('/provisioning/.secrets/')
}

/** @throws Error that names where a secret can be seen by those who should not */
export async function expectSilence(cluster: Cluster): Promise<string> {
  const secrets = await secretsOf(cluster)
  const looks: Readonly<Record<string, string>> = {
    'arguments of processes': 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "',
    'what an unprivileged user sees of processes':
      'su -s /bin/sh nobody -c "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null"',
    'the journal': 'journalctl --no-pager --output=cat --all',
    'units and their environment': 'systemctl show --all "*.service" --no-pager',
    logs: 'cat $(find /var/log -type f -not -path "*/journal/*")',
    'Docker’s images': 'for i in $(docker images -q); do docker history --no-trunc $i; done'
  }
  for (const machine of [...cluster.masters, ...cluster.slaves]) {
    for (const [where, command] of Object.entries(looks)) {
      const count = await search(machine, secrets, `{ ${command}; } | grep -caFf $patterns || true`)
      const got = count.trim() === '0' ? 'none' : `${count.trim()} lines`
      cluster.report.attempt({
        tried: `a secret in ${where}`,
        from: machine.name,
        expected: 'none',
        got
      })
    }
  }
  const printed = await readFile(printedFile(cluster.lab), 'utf8')
  const told = secrets.filter((secret) => printed.includes(secret)).length
  const got = told === 0 ? 'none' : `${told} secrets`
  cluster.report.attempt({
    tried: 'a secret in what provisioning prints',
    from: 'laptop',
    expected: 'none',
    got
  })
  return `${secrets.length} secrets looked for`
}

/** What git would take along. @throws Error when it would take a secret */
export async function expectIgnoredByGit(): Promise<string> {
  const repository = join(import.meta.dirname, '../../..')
  const paths = ['provisioning/.secrets/registry', 'provisioning/cluster.local.yaml']
  const inside = await runProcess(['git', '-C', repository, 'rev-parse', '--is-inside-work-tree'])
  if (inside.code !== 0) return 'this is no checkout of git'
  const { stdout } = await runProcess(['git', '-C', repository, 'check-ignore', ...paths])
  expect(stdout.trim().split('\n').length === paths.length, `git ignores only ${stdout}`)
  return paths.join(', ')
}
