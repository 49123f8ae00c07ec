import type {
  Desired,
  DesiredBackend,
  DesiredDefaults,
  DesiredMap,
  DesiredServer
} from '../desired.ts'
import { DEFAULTS_PREFIX } from './defaults-names.ts'
import { OWN_PREFIX } from './names.ts'

/** The other way round of `render-files.ts`: what files of ours say. Never throws. */

const HEADER = /^(backend|defaults) (\S+)/
const SERVER = /^server (\S+) (?:\[([^\]\s]*)\]|([^:\s]*)):(\d+) weight (\d+)( backup)?(?: (.*))?$/

/**
 * The structure, with its paths, the backends, and the `defaults` of their kinds, of a haproxy.cfg.
 * @param isBackend tells of a section `backend gateway.…` that it is not part of the structure
 */
export function parseConfig(
  text: string,
  isBackend: (name: string) => boolean
): Pick<Desired, 'structure' | 'backends' | 'defaults'> {
  const structure: string[] = []
  const backends: DesiredBackend[] = []
  const defaults: DesiredDefaults[] = []
  for (const lines of sectionsOf(text)) {
    const [, what, name = ''] = HEADER.exec(lines[0] ?? '') ?? []
    const { settings, ...rest } = backendOf(name, lines.slice(1))
    if (what === 'defaults' && name.startsWith(DEFAULTS_PREFIX)) defaults.push({ name, settings })
    else if (what === 'backend' && (!name.startsWith(OWN_PREFIX) || isBackend(name))) {
      backends.push({ settings, ...rest })
    } else structure.push(...lines)
  }
  return { structure, backends, ...(defaults.length === 0 ? {} : { defaults }) }
}

export function parseMapFile(name: string, text: string): DesiredMap {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    const space = line.indexOf(' ')
    return space < 0 ? [] : [[line.slice(0, space), line.slice(space + 1)]]
  })
  return { name, entries }
}

/** A section begins at the margin. */
function sectionsOf(text: string): string[][] {
  const sections: string[][] = []
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (/^\S/.test(line) || sections.length === 0) sections.push([])
    sections.at(-1)?.push(line)
  }
  return sections
}

function backendOf(name: string, lines: readonly string[]): DesiredBackend {
  const settings: string[] = []
  const servers: DesiredServer[] = []
  let serverWords: readonly string[] = []
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '')) {
    const [, server, ipv6, host, port, weight, backup, words = ''] = SERVER.exec(line) ?? []
    if (server === undefined) {
      settings.push(line)
      continue
    }
    serverWords = words.split(' ').filter((word) => word !== '')
    servers.push({
      name: server,
      address: ipv6 ?? host ?? '',
      port: Number(port),
      weight: Number(weight),
      backup: backup !== undefined
    })
  }
  return { name, settings, serverWords, servers }
}
