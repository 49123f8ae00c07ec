import type {
  Desired,
  DesiredBackend,
  DesiredMap,
  DesiredServer,
  RenderedFile
} from '../desired.ts'
import { checkPath } from './options.ts'
import { REFUSED_FILE, refusedFile } from './own-answers.ts'
import { HTTP_DEFAULTS, section, TCP_DEFAULTS } from './structure.ts'

/** Main file; the others are named in it. */
export const CONFIG_FILE = 'haproxy.cfg'

/**
 * The files HAProxy reads.
 * @param folder absolute path of the folder they will stand in; maps are known by it on the socket
 * @throws Error when the folder's path can't stand in a configuration file
 */
export function renderFiles(desired: Desired, folder: string): RenderedFile[] {
  checkPath('folder', folder)
  return [
    { name: CONFIG_FILE, content: renderConfig(desired, folder) },
    ...desired.maps.map((map) => ({ name: map.name, content: renderMap(map) })),
    { name: REFUSED_FILE, content: refusedFile() }
  ]
}

/** The text of haproxy.cfg alone. */
export function renderConfig(desired: Desired, folder: string): string {
  const { backends, defaults = [] } = desired
  const lines = [...inFolder(desired, folder).structure]
  for (const { name, settings } of defaults) {
    lines.push(...section(`defaults ${name} from ${baseOf(settings)}`, settings))
  }
  for (const backend of backends) pushBackend(lines, backend)
  return `${lines.join('\n')}\n`
}

/** The same state with the paths of its files, which HAProxy knows them by. */
export function inFolder(desired: Desired, folder: string): Desired {
  const structure = desired.structure.map((line) => withFolder(line, folder))
  return { ...desired, structure }
}

/** Lines of `structure` with the paths of the files. */
export function withFolder(text: string, folder: string): string {
  return text.replaceAll('@folder@', folder)
}

function pushBackend(lines: string[], { name, settings, serverWords, servers }: DesiredBackend) {
  lines.push(`backend ${name} from ${baseOf(settings)}`)
  for (const setting of settings) lines.push(`  ${setting}`)
  const words = serverWords.join(' ')
  for (const server of servers) lines.push(`  ${serverLine(server, words)}`)
  lines.push('')
}

/** The `defaults` that settings add to. */
function baseOf([mode]: readonly string[]): string {
  return mode === 'mode tcp' ? TCP_DEFAULTS : HTTP_DEFAULTS
}

function serverLine({ name, address, port, weight, backup }: DesiredServer, words: string): string {
  const host = address.includes(':') ? `[${address}]` : address
  return `server ${name} ${host}:${port} weight ${weight}${backup ? ' backup' : ''} ${words}`
}

function renderMap({ entries }: DesiredMap): string {
  return entries.map(([key, value]) => `${key} ${value}\n`).join('')
}
