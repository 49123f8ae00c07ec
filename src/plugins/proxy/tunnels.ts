import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { EndpointChanges } from '../../gateway/model/endpoint-changes.ts'
import type { Endpoint } from '../../gateway/model/route.ts'
import { Tunnel, type TunnelEnds } from './tunnel.ts'

/** All tunnels of a front door. Changes of the table don't touch those whose task stays. */
export interface Tunnels {
  open(endpoint: Endpoint, ends: TunnelEnds, onClosed: () => void): void
  /** Another table is current. Tunnels to endpoints that left it have some time yet, and are closed then. */
  follow(changes: EndpointChanges): void
  /** The gateway goes away: all are closed, and whatever is opened from now on. */
  dismissAll(): void
}

/** Tunnels to one endpoint. */
interface Group {
  readonly tunnels: Set<Tunnel>
  readonly timer: Timer
  leaving: boolean
}

/** @param lameDuckMs how long tunnels go on when their endpoint has left the table */
export function createTunnels(wheel: Wheel, lameDuckMs: number): Tunnels {
  /** By endpoint id. */
  const groups = new Map<string, Group>()
  let isOver = false

  function groupOf(id: string): Group {
    const known = groups.get(id)
    if (known !== undefined) return known
    const tunnels = new Set<Tunnel>()
    const expire = (): void => {
      for (const tunnel of tunnels) tunnel.dismiss()
    }
    const group = { tunnels, timer: { deadline: 0, slot: 0, expire }, leaving: false }
    groups.set(id, group)
    return group
  }

  return {
    open({ id }, ends, onClosed) {
      const group = groupOf(id)
      const tunnel = new Tunnel(ends, wheel, () => {
        group.tunnels.delete(tunnel)
        if (group.tunnels.size === 0) {
          wheel.disarm(group.timer)
          groups.delete(id)
        }
        onClosed()
      })
      group.tunnels.add(tunnel)
      if (isOver) tunnel.dismiss()
    },
    follow({ left, joined }) {
      if (groups.size === 0) return
      for (const { id } of left()) {
        const group = groups.get(id)
        if (group === undefined || group.leaving) continue
        group.leaving = true
        wheel.arm(group.timer, lameDuckMs)
      }
      for (const { id } of joined()) {
        const group = groups.get(id)
        if (group === undefined) continue
        group.leaving = false
        wheel.disarm(group.timer)
      }
    },
    dismissAll() {
      isOver = true
      for (const { tunnels } of groups.values()) {
        for (const tunnel of tunnels) tunnel.dismiss()
      }
    }
  }
}
