import { isProbePath } from '../../../gateway/model/probe-values.ts'
import type { Probe, Service } from '../../../gateway/model/route.ts'
import { whole } from './backend-settings.ts'

/** Probes in a row that take a server out, and that bring it back: HAProxy's own numbers, said aloud. */
const FALL = 3
const RISE = 2
/** Pause between probes while it is not yet clear which of both it is. */
const UNCLEAR_MS = 1_000

/**
 * Address and port of the task, an IPv6 address in brackets: the same Host as in Marathon's own checks,
 * and the same line for all apps, so that one spare backend does for each of them.
 */
const TASK_HOST = `'%[bc_dst,regsub("^(.*:.*)$","[\\\\1]")]:%[bc_dst_port]'`

/** Lines of a backend that say what is asked of its servers. */
export function probeLines(probe: Probe | undefined): readonly string[] {
  if (probe === undefined) return []
  const timeout = `timeout check ${whole(probe.timeoutMs)}ms`
  if (probe.kind === 'tcp') return [timeout]
  const fields = `hdr Host ${TASK_HOST} hdr User-Agent marathon-gateway`
  return [
    'option httpchk',
    `http-check send meth GET uri ${probe.path} ver HTTP/1.1 ${fields}`,
    'http-check expect status 200-399',
    timeout
  ]
}

/** Words of each server: how often it is asked, and how many answers count. */
export function probeWords(probe: Probe | undefined): readonly string[] {
  if (probe === undefined) return []
  const intervalMs = whole(probe.intervalMs)
  const unclearMs = Math.min(UNCLEAR_MS, intervalMs)
  const pace = ['inter', `${intervalMs}ms`, 'fastinter', `${unclearMs}ms`]
  return ['check', ...pace, 'fall', `${FALL}`, 'rise', `${RISE}`]
}

/** The probe of a backend with endpoints of these services; none where they don't ask for the same. */
export function commonProbe(services: readonly Service[]): Probe | undefined {
  return probeReason(services) === undefined ? services[0]?.probe : undefined
}

/** Why HAProxy can't probe these services in one backend; undefined when it can, or none asks for it. */
export function probeReason(services: readonly Service[]): string | undefined {
  const [first, ...others] = services
  const asked = probeKey(first?.probe)
  if (others.some(({ probe }) => probeKey(probe) !== asked)) {
    return 'its services have different probes'
  }
  return isSayable(first?.probe) ? undefined : 'HAProxy can’t be told its probe'
}

/** Labels are strict already; a plugin may say anything. */
function isSayable(probe: Probe | undefined): boolean {
  return probe === undefined || probe.kind === 'tcp' || isProbePath(probe.path)
}

function probeKey(probe: Probe | undefined): string {
  if (probe === undefined) return ''
  const { intervalMs, timeoutMs } = probe
  return `${probe.kind === 'http' ? probe.path : ''} ${intervalMs} ${timeoutMs}`
}
