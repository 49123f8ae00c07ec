import { isIPv6 } from 'node:net'
import { type RuntimeCommand, safeName, serverPath } from './runtime-command.ts'
import type { Step } from './step.ts'

/** A command, and what HAProxy says when it has done it. */
export interface ExpectedCommand extends RuntimeCommand {
  readonly expect: RegExp
}

const SILENCE = /^$/
const NEW_VERSION = /^New version created: (\d+)$/

/** A line and its payload must fit into HAProxy's buffer (`tune.bufsize`, 16 kB by default). */
const MAX_PAYLOAD_BYTES = 8_000

/** Commands of a step other than `replace-map`. @throws UnsafeWordError */
export function commandsOf(
  step: Exclude<Step, { do: 'replace-map' }>,
  folder: string
): ExpectedCommand[] {
  if (step.do === 'add-backend') return addBackend(step)
  if (step.do === 'add-server') return addServer(step)
  if (step.do === 'change-map') return changeMap(step, folder)
  const path = serverPath(step.backend, step.server)
  const set = (...words: string[]) => ({ words: ['set', 'server', path, ...words] })
  if (step.do === 'set-weight') {
    return [{ ...set('weight', String(step.weight)), expect: SILENCE }]
  }
  if (step.do === 'set-address') {
    const words = ['addr', step.address, 'port', String(step.port)]
    // An address it has already: the last words are those of 3.0.
    return [{ ...set(...words), expect: /changed from|no need to change|nothing changed/ }]
  }
  // Not `drain`: that still lets sticky clients in through `use-server` (seen in 2.6.12), and a server
  // that leaves may be about to end. Requests under way are finished in maintenance too.
  return [{ ...set('state', step.do === 'leave' ? 'maint' : 'ready'), expect: SILENCE }]
}

/** Deletes a server that has left; any other answer means that it still has connections. */
export function deleteCommand(backend: string, server: string): ExpectedCommand {
  return {
    words: ['del', 'server', serverPath(backend, server)],
    expect: /^(?:Server deleted|No such server)/m
  }
}

/**
 * Deletes a section that was made at run time, and that nothing leads to any more. It has to be withdrawn
 * for that; one that still has requests stays, and is made public again, so that it can be used again.
 */
export function deleteBackendCommands(backend: string): readonly RuntimeCommand[] {
  const name = safeName(backend)
  return [
    { words: ['unpublish', 'backend', name] },
    { words: ['del', 'backend', name] },
    publishBackendCommand(name)
  ]
}

/** Whether the answers to those commands say that the section is gone. */
export function isBackendDeleted([, deleted = '']: readonly string[]): boolean {
  return /^(?:Backend deleted|No such backend)/m.test(deleted)
}

/** Until then no request is led to a section that was made at run time. */
export function publishBackendCommand(backend: string): ExpectedCommand {
  return { words: ['publish', 'backend', safeName(backend)], expect: /^Backend published/m }
}

/** Ends what a server that has left still holds. */
export function endSessionsCommand(backend: string, server: string): ExpectedCommand {
  const words = ['shutdown', 'sessions', 'server', serverPath(backend, server)]
  return { words, expect: SILENCE }
}

/** How HAProxy knows a map: by the path it was loaded from. */
export function mapPath(folder: string, map: string): string {
  return `${folder}/${safeName(map)}`
}

export function prepareMapCommand(folder: string, map: string): ExpectedCommand {
  return { words: ['prepare', 'map', mapPath(folder, map)], expect: NEW_VERSION }
}

/** The version that `prepare map` made; undefined when it did not. */
export function versionOf(answer: string): string | undefined {
  return NEW_VERSION.exec(answer)?.[1]
}

/** Commands that fill a prepared version of a map. @throws UnsafeWordError */
export function fillMapCommands(
  folder: string,
  map: string,
  version: string,
  entries: readonly (readonly [string, string])[]
): ExpectedCommand[] {
  const words = ['add', 'map', `@${version}`, mapPath(folder, map)]
  return chunksOf(entries).map((payload) => ({ words, payload, expect: SILENCE }))
}

export function commitMapCommand(folder: string, map: string, version: string): ExpectedCommand {
  return { words: ['commit', 'map', `@${version}`, mapPath(folder, map)], expect: SILENCE }
}

function chunksOf<T extends readonly [string, string]>(entries: readonly T[]): T[][] {
  const chunks: T[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const entry of entries) {
    const bytes = entry[0].length + entry[1].length + 2
    size += bytes
    if (size > MAX_PAYLOAD_BYTES) {
      chunks.push([])
      size = bytes
    }
    chunks.at(-1)?.push(entry)
  }
  return chunks
}

function addBackend({
  backend,
  defaults,
  mode
}: Extract<Step, { do: 'add-backend' }>): ExpectedCommand[] {
  const name = safeName(backend)
  return [
    {
      words: ['add', 'backend', name, 'from', safeName(defaults), 'mode', mode],
      expect: /New backend registered/
    },
    publishBackendCommand(backend)
  ]
}

function addServer({
  backend,
  server,
  words
}: Extract<Step, { do: 'add-server' }>): ExpectedCommand[] {
  const path = serverPath(backend, server.name)
  const address = isIPv6(server.address) ? `ipv6@${server.address}` : server.address
  const role = server.backup ? ['backup'] : []
  const weight = ['weight', String(server.weight)]
  const add = ['add', 'server', path, `${address}:${server.port}`, ...weight, ...role, ...words]
  const hasCheck = words.includes('check')
  return [
    { words: add, expect: /New server registered/ },
    // `check` alone configures the checks of a dynamic server; they start when they are enabled.
    ...(hasCheck ? [{ words: ['enable', 'health', path], expect: SILENCE }] : []),
    { words: ['set', 'server', path, 'state', 'ready'], expect: SILENCE }
  ]
}

function changeMap(step: Extract<Step, { do: 'change-map' }>, folder: string): ExpectedCommand[] {
  const path = mapPath(folder, step.map)
  const command = (...words: string[]) => ({ words, expect: SILENCE })
  return [
    ...step.add.map(([key, value]) => command('add', 'map', path, key, value)),
    ...step.set.map(([key, value]) => command('set', 'map', path, key, value)),
    ...step.del.map((key) => command('del', 'map', path, key))
  ]
}
