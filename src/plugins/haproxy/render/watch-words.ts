import type { Probe, Service } from '../../../gateway/model/route.ts'
import { whole } from './backend-settings.ts'
import type { RenderOptions } from './options.ts'

type WatchOptions = Pick<RenderOptions, 'slowStartMs' | 'ejectionAfter'>

/**
 * Words of each server about what is new and what fails. HAProxy brings a server back by its probes only, so
 * without one it takes none out.
 *
 * @param probe of the backend
 */
export function watchWords(
  service: Service | undefined,
  probe: Probe | undefined,
  { slowStartMs, ejectionAfter }: WatchOptions
): readonly string[] {
  if (service === undefined) return []
  const slowMs = service.slowStartMs ?? slowStartMs
  const slow = slowMs > 0 ? ['slowstart', `${whole(slowMs)}ms`] : []
  const { ejection } = service
  const after = ejection?.after ?? ejectionAfter
  if (probe === undefined || ejection === undefined || !(after > 0)) return slow
  // Layer 7 counts nearly every 5xx; it can't be told which.
  const layer = (ejection.statuses ?? []).length > 0 ? 'layer7' : 'layer4'
  return [...slow, 'observe', layer, 'error-limit', `${whole(after)}`, 'on-error', 'mark-down']
}

/** What of it an app asks for in vain, by label. */
export function lostWords({
  probe,
  ejection,
  holdMs
}: Service): readonly (readonly [string, string])[] {
  const lost: [string, string][] = []
  if (probe === undefined && ejection !== undefined && ejection.after !== 0) {
    const reason = 'HAProxy takes out tasks that fail only for apps with gateway.probe'
    lost.push(['gateway.ejection', `${reason}; this one has none`])
  }
  if (holdMs !== undefined && holdMs > 0) {
    lost.push(['gateway.hold', 'HAProxy holds no requests; without a task they are 503 at once'])
  }
  return lost
}
