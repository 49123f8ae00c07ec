import { durationMs } from '../../gateway/config/duration.ts'
import { ejectionOf, LONGEST_START_MS } from '../../gateway/model/ejection-values.ts'
import { normaliseHost } from '../../gateway/model/hosts.ts'
import { parsePicker, parseSticky } from '../../gateway/model/label-values.ts'
import {
  PROBE_INTERVAL_MS,
  PROBE_TIMEOUT_MS,
  parseProbe,
  probeOf
} from '../../gateway/model/probe-values.ts'
import type { Endpoint, Origin, Probe, Service, Timeouts } from '../../gateway/model/route.ts'
import type { FileService } from './file-schema.ts'

/** The service that a file declares, with every fault of its own told to `wrong`. */
export function staticService(
  source: string,
  name: string,
  given: FileService,
  origin: Origin,
  wrong: (path: readonly string[], reason: string) => void
): Service {
  const id = `${source}:${name}`
  const endpoints = new Map<string, Endpoint>()
  for (const [at, text] of given.endpoints.entries()) {
    const address = addressIn(text)
    if (address === undefined)
      wrong(['endpoints', `${at}`], `${JSON.stringify(text)} is no host:port`)
    else endpoints.set(`${address.host} ${address.port}`, endpointAt(id, address))
  }
  const choice = pickerIn(given.picker, wrong)
  const sticky = stickyIn(given.sticky, wrong)
  const probe = probeIn(given, wrong)
  const ejection = ejectionOf(given.ejection?.after, given.ejection?.statuses)
  const slowStartMs = msIn(given.slowStart, LONGEST_START_MS, (reason) =>
    wrong(['slowStart'], reason)
  )
  return {
    id,
    origin,
    endpoints: [...endpoints.values()],
    leftOut: [],
    // Empty: the default of the configuration, which a file does not know.
    picker: choice?.picker ?? '',
    ...(choice?.hashOn !== undefined && { hashOn: choice.hashOn }),
    ...(sticky && { sticky }),
    timeouts: timeoutsIn(given),
    ...(probe !== undefined && { probe }),
    ...(ejection !== undefined && { ejection }),
    ...(slowStartMs !== undefined && { slowStartMs })
  }
}

function addressIn(text: string): { host: string; port: number } | undefined {
  const colon = text.lastIndexOf(':')
  const port = /^\d{1,5}$/.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : 0
  const host = colon <= 0 ? undefined : normaliseHost(text.slice(0, colon))
  if (host === undefined || port < 1 || port > 65_535) return undefined
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port }
}

function endpointAt(service: string, address: { host: string; port: number }): Endpoint {
  const taskId = `${service}@${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
  return { id: taskId, taskId, ...address, agent: address.host, lastResort: false, cookie: '' }
}

/** Which pickers there are is known when the table is compiled; the form is checked here. */
function pickerIn(text: string | undefined, wrong: (path: string[], reason: string) => void) {
  if (text === undefined) return undefined
  const pickers = new Set([text.split(':', 1)[0] ?? ''])
  const { value, problems } = parsePicker(text, { pickers, hookSets: new Set() })
  for (const problem of problems) wrong(['picker'], problem)
  return value
}

function stickyIn(text: string | undefined, wrong: (path: string[], reason: string) => void) {
  if (text === undefined) return undefined
  const { value, problems } = parseSticky(text)
  for (const problem of problems) wrong(['sticky'], problem)
  return value
}

function timeoutsIn({ timeouts }: FileService): Timeouts {
  return {
    ...(timeouts?.connect !== undefined && { connectMs: durationMs(timeouts.connect) }),
    ...(timeouts?.firstByte !== undefined && { firstByteMs: durationMs(timeouts.firstByte) }),
    ...(timeouts?.idle !== undefined && { idleMs: durationMs(timeouts.idle) })
  }
}

function probeIn(
  { probe }: FileService,
  wrong: (path: string[], reason: string) => void
): Probe | undefined {
  if (probe === undefined) return undefined
  const { value: target, problems } = parseProbe(probe.target)
  for (const problem of problems) wrong(['probe', 'target'], problem)
  const within = (key: 'interval' | 'timeout', highestMs: number) =>
    msIn(probe[key], highestMs, (reason) => wrong(['probe', key], reason))
  const intervalMs = within('interval', PROBE_INTERVAL_MS.highest)
  const timeoutMs = within('timeout', PROBE_TIMEOUT_MS.highest)
  return probeOf({ target, intervalMs, timeoutMs })
}

function msIn(
  text: string | undefined,
  highestMs: number,
  wrong: (reason: string) => void
): number | undefined {
  const ms = text === undefined ? undefined : durationMs(text)
  if (ms === undefined || ms <= highestMs) return ms
  wrong(`expected at most ${highestMs / 1_000}s, not ${text}`)
  return undefined
}
