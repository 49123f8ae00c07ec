import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from '../lab/process.ts'
import type { Machine } from '../lab.ts'
import { expect, must, shell } from '../story/ask.ts'
import { printedFile } from '../story/build.ts'
import type { Cluster } from '../story/cluster.ts'

/** Shorter lines of the folder are no secrets: words of a netrc, say. */
const LEAST_CHARS = 20
/** Where a machine's own files are. */
const LOOKED_INTO = '/etc /var /opt /run /srv /root /home /tmp /usr/local'
const PATTERNS = '/root/.looked-for'

/** In whose name a secret may be sent as `user:secret` in base64. */
const USERS = ['admin', 'agent', 'cluster', 'marathon', 'mesos']

/** Every generated secret, as it is and as HTTP sends it, and the lines of private keys. */
async function secretsOf({ lab }: Cluster): Promise<readonly string[]> {
  const folder = join(lab.repository, 'provisioning/.secrets')
  const texts = await Promise.all(
    (await readdir(folder))
      .filter((name) => name !== 'netrc')
      .map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') }))
  )
  return texts.flatMap(({ name, text }) => {
    if (name.endsWith('.pem')) return keyLines(text)
    const secret = text.trim()
    const sent = USERS.map((user) => Buffer.from(`${user}:${secret}`).toString('base64'))
    return secret.length < LEAST_CHARS ? [] : [secret, ...sent]
  })
}

/** A certificate is for everybody, the key beside it is not. */
function keyLines(pem: string): readonly string[] {
  const keys = pem.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+/g) ?? []
  return keys.flatMap((key) =>
    key.split('\n').filter((line) => line.length >= LEAST_CHARS && !line.startsWith('-'))
  )
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

/** As nobody in particular would try it, so that a closed folder above counts as well. */
const AS_NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups'

/** @throws Error that names a file with a secret that others can read. @returns all files with one */
export async function expectClosedFiles(cluster: Cluster): Promise<string> {
  const secrets = await secretsOf(cluster)
  expect(secrets.length >= 8, `only ${secrets.length} secrets were found to look for`)
  const lines: string[] = []
  for (const machine of [...cluster.masters, ...cluster.slaves]) {
    // Layers of images hold what their Dockerfiles copied, and packages what Debian put there.
    const without = '--devices=skip --exclude-dir=overlay2 --exclude-dir=archives'
    const find = `grep -rlFf $patterns ${without} ${LOOKED_INTO} 2>/dev/null | grep -vx $patterns`
    const tell = `${AS_NOBODY} test -r "$file" && echo -n 'open '; stat -c '%a %U:%G %n' "$file"`
    const output = await search(machine, secrets, `${find} | while read -r file; do ${tell}; done`)
    const files = output.split('\n').filter((line) => line !== '')
    const open = files.filter((line) => line.startsWith('open '))
    expect(open.length === 0, `${machine.name}: everybody can read\n${open.join('\n')}`)
    lines.push(`${machine.name}:`, ...files.map((file) => `  ${file}`))
  }
  return lines.join('\n')
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
