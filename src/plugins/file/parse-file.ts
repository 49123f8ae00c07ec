import { basename } from 'node:path'
import { checkValue, type Fault } from '../../gateway/config/check-value.ts'
import { ConfigError, faultLine } from '../../gateway/config/config-error.ts'
import { parseConfigFile } from '../../gateway/config/config-file.ts'
import type { Origin, Route, Service } from '../../gateway/model/route.ts'
import type { Override, Snapshot } from '../../gateway/model/snapshot.ts'
import { routesOf } from './file-routes.ts'
import {
  type FileOverride,
  type FileRoute,
  type FileService,
  fileSchema,
  fileService
} from './file-schema.ts'
import { staticService } from './static-service.ts'

const MOST_FAULTS = 10

/**
 * Turns the text of a routes file into a snapshot.
 *
 * @param takenAt milliseconds since 1970
 * @throws ConfigError when anything in the file is wrong, with file, line and reason: half a file
 * would be routes that nobody asked for
 */
export function parseRoutesFile(
  source: string,
  path: string,
  text: string,
  takenAt: number
): Snapshot {
  const file = parseConfigFile(path, text)
  const name = basename(path)
  const faults: { path: readonly string[]; reason: string }[] = []
  const check = checkValue(fileSchema, file.value)
  faults.push(...check.faults)
  const originAt = (at: readonly string[]): Origin => ({
    source,
    file: `${name}:${file.lineOf(at) ?? 1}`
  })
  const content = check.value as {
    services: Record<string, unknown>
    routes: FileRoute[]
    overrides: FileOverride[]
  }
  const reading: Reading = { source, faults, originAt }
  // What is no list or no section is told above, and has nothing to read.
  const sound = check.faults.length === 0
  const services = sound ? readServices(content.services, reading) : []
  const names = new Set(sound ? Object.keys(content.services) : [])
  const routes = sound ? readRoutes(content.routes, names, reading) : []
  const overrides = sound ? readOverrides(content.overrides, reading) : []
  if (faults.length > 0) throw new ConfigError(faultLines(path, faults, (at) => file.lineOf(at)))
  return { source, takenAt, apps: [], routes, services, overrides, problems: [] }
}

interface Reading {
  readonly source: string
  readonly faults: Fault[]
  originAt(path: readonly string[]): Origin
}

function readServices(given: Record<string, unknown>, reading: Reading): Service[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const path = ['services', name]
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
      reading.faults.push({ path, reason: 'expected a name of letters, digits, dots and hyphens' })
      return []
    }
    const check = checkValue(fileService, value, path)
    reading.faults.push(...check.faults)
    if (check.faults.length > 0) return []
    const wrong = complainAt(reading, path)
    const origin = reading.originAt(path)
    return [staticService(reading.source, name, check.value as FileService, origin, wrong)]
  })
}

function readRoutes(
  given: readonly FileRoute[],
  services: ReadonlySet<string>,
  reading: Reading
): Route[] {
  const routes = new Map<string, Route>()
  for (const [at, entry] of given.entries()) {
    const path = ['routes', `${at}`]
    const origin = reading.originAt(path)
    const wrong = complainAt(reading, path)
    for (const route of routesOf(entry, { source: reading.source, services, origin, wrong })) {
      const other = routes.get(route.id)
      if (other === undefined) routes.set(route.id, route)
      else wrong([], `${other.origins['path']?.file} has the same match already`)
    }
  }
  return [...routes.values()]
}

function readOverrides(given: readonly FileOverride[], reading: Reading): Override[] {
  const overrides = new Map<string, Override>()
  for (const [at, entry] of given.entries()) {
    const path = ['overrides', `${at}`]
    const file = reading.originAt(path).file ?? ''
    const other = overrides.get(entry.app)
    if (other !== undefined)
      complainAt(reading, path)([], `${other.file} overrides ${entry.app} already`)
    overrides.set(entry.app, { ...entry, file })
  }
  return [...overrides.values()]
}

function complainAt(reading: Reading, root: readonly string[]) {
  return (path: readonly string[], reason: string): void => {
    reading.faults.push({ path: [...root, ...path], reason })
  }
}

function faultLines(
  name: string,
  faults: readonly Fault[],
  lineOf: (path: readonly string[]) => number | undefined
): string[] {
  const lines = faults.slice(0, MOST_FAULTS).map((fault) => {
    const line = lineOf(fault.path)
    return faultLine(line === undefined ? name : `${name}:${line}`, fault)
  })
  const more = faults.length - MOST_FAULTS
  return more > 0 ? [...lines, `${name}: and ${more} further faults`] : lines
}
