import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProcess } from './process.ts'

export interface AptSettings {
  /** One-line entries of sources.list. */
  readonly sources: readonly string[]
  /** Lines of apt.conf. */
  readonly options: readonly string[]
}

export const suite = 'bookworm'
const suites = [suite, `${suite}-updates`, `${suite}-security`]

/** Where a laptop without mirrors and proxies of its own gets Debian from. */
const defaultSources = [
  `deb http://deb.debian.org/debian ${suite} main`,
  `deb http://deb.debian.org/debian ${suite}-updates main`,
  `deb http://deb.debian.org/debian-security ${suite}-security main`
]

/** What this host's network asks of apt, and its clock: the machines share both. */
const sharedOptions =
  /^Acquire::(https?::(?:[\w.-]+::)?Proxy|https::CAInfo|Check-Valid-Until|Check-Date) ".+";$/i

/** How this host's apt reaches Debian: the machines get it the same way. */
export async function aptOfHost(): Promise<AptSettings> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const files = ['/etc/apt/sources.list', ...names.sort().map((name) => join(folder, name))]
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(file, 'utf8').catch(() => '') }))
  )
  const found = texts.flatMap(({ file, text }) =>
    file.endsWith('.sources') ? fromStanzas(text) : fromLines(text)
  )
  const { stdout } = await runProcess(['apt-config', 'dump'])
  return {
    sources: found.some((line) => line.includes(` ${suite} `)) ? found : defaultSources,
    options: stdout.split('\n').filter((line) => sharedOptions.test(line))
  }
}

/** Entries of the one-line form that are of the machines' own Debian. */
export function fromLines(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, uri, of, components] =
      line.match(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$/) ?? []
    return of !== undefined && suites.includes(of) ? [`deb ${uri} ${of} ${components?.trim()}`] : []
  })
}

/** The same from the deb822 form; a stanza that is switched off gives none. */
export function fromStanzas(text: string): string[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string) =>
      (stanza.match(new RegExp(`^${name}:\\s*(.*)$`, 'im'))?.[1] ?? '').trim().split(/\s+/)
    if (!field('Types').includes('deb') || field('Enabled')[0] === 'no') return []
    return field('URIs').flatMap((uri) =>
      field('Suites')
        .filter((of) => suites.includes(of))
        .map((of) => `deb ${uri} ${of} ${field('Components').join(' ')}`)
    )
  })
}
