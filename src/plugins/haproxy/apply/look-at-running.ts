import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Desired, DesiredMap } from '../desired.ts'
import { parseWorkerPid } from './answers.ts'
import { askCapabilities, type Capabilities } from './capabilities.ts'
import { readLoaded } from './loaded-facts.ts'
import { readAll } from './read-back.ts'
import { type Running, runningOf } from './running.ts'
import { createRuntimeSocket, RuntimeSocketError } from './runtime-socket.ts'

export interface LookOptions {
  readonly folder: string
  readonly configFile: string
  /** Path of the Runtime API's socket. */
  readonly socket: string
  /** Names of the maps among the files. */
  readonly maps: readonly string[]
  parseConfig(text: string): Pick<Desired, 'structure' | 'backends' | 'defaults'>
  parseMap(name: string, text: string): DesiredMap
  /** Lines of a structure with the paths of its files. */
  withPaths(structure: string): string
}

/** What HAProxy holds, with the paths of its files in the structure. */
export interface Looked {
  readonly running: Running
  /** Absent: no HAProxy answers, and `running` is what the files say. */
  readonly haproxy?: {
    readonly worker: number
    readonly capabilities: Capabilities
    /** The structure is that of the files, as nobody knows what this HAProxy has loaded. */
    readonly isGuessed: boolean
  }
}

/** Reads, and changes nothing. Undefined: neither files nor an HAProxy are there. */
export async function lookAtRunning(options: LookOptions): Promise<Looked | undefined> {
  const socket = createRuntimeSocket(options.socket)
  const worker = await workerOf(() => socket.ask('show', 'info'))
  if (worker === undefined) {
    const running = await filesOf(options)
    return running && { running }
  }
  const capabilities = await askCapabilities(socket)
  const loaded = await readLoaded(options.folder, worker)
  const known = loaded && { ...loaded, structure: options.withPaths(loaded.structure) }
  const nothing: Running = { structure: '', backends: new Map(), maps: new Map() }
  const base = known ?? (await filesOf(options)) ?? nothing
  const { addBackend } = capabilities
  const running = await readAll(socket, options.folder, base, { adopted: true, addBackend })
  return { running, haproxy: { worker, capabilities, isGuessed: known === undefined } }
}

/** Undefined when nobody listens there. @throws RuntimeSocketError when somebody does not answer */
async function workerOf(askInfo: () => Promise<string>): Promise<number | undefined> {
  try {
    const worker = parseWorkerPid(await askInfo())
    if (worker === undefined) throw new RuntimeSocketError('the socket is not one of an HAProxy')
    return worker
  } catch (error) {
    if (/ENOENT|ECONNREFUSED/.test((error as Error).message)) return undefined
    throw error
  }
}

async function filesOf(options: LookOptions): Promise<Running | undefined> {
  const text = await textOf(join(options.folder, options.configFile))
  if (text === undefined) return undefined
  const maps: DesiredMap[] = []
  for (const name of options.maps) {
    const content = await textOf(join(options.folder, name))
    if (content !== undefined) maps.push(options.parseMap(name, content))
  }
  return runningOf({ ...options.parseConfig(text), maps })
}

/** @throws Error when the file is there and can't be read */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
