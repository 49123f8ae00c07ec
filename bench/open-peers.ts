import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePorts } from './free-ports.ts'
import type { Launch, Peer } from './peers/peer.ts'
import { cpuSecondsOf } from './process-tree.ts'
import { profiled } from './profile.ts'
import { type Command, type RunningProcess, startProcess } from './running-process.ts'
import type { BenchApp } from './stage.ts'
import { untilAnswered } from './until-answered.ts'
import { verifyPeer } from './verify.ts'

/** A proxy that was started and whose answers are right. */
export interface OpenPeer {
  readonly peer: Peer
  readonly port: number
  /** Root of its process tree; undefined without a proxy. */
  readonly pid: number | undefined
  /** From its start to its first answer. */
  readonly startMs: number
  stop(): Promise<void>
}

/** A proxy that isn't timed, and why. */
export interface RefusedPeer {
  readonly peer: Peer
  readonly reasons: readonly string[]
}

export interface PeersPlace {
  readonly folder: string
  readonly apps: readonly BenchApp[]
  readonly marathonUrl: string
  readonly workers: number
  readonly cores: string | undefined
  readonly backendPort: number
  readonly largeHost: string
  /** Where profiles of those that are Node go to; undefined: none are taken. */
  readonly profiles: string | undefined
}

const START_LIMIT_MS = 20_000
/** Large tables take some proxies long. */
const START_MS_PER_APP = 10

const SETTLE_LIMIT_MS = 60_000
const SETTLE_LOOK_MS = 500
/** Of one core: timers, no work. */
const QUIET_SHARE = 0.05

/** Starts one proxy and asks it everything it will be timed with. It is stopped when it is refused. */
export async function openPeer(peer: Peer, place: PeersPlace): Promise<OpenPeer | RefusedPeer> {
  const { apps, largeHost } = place
  const began = performance.now()
  let opened: Omit<OpenPeer, 'startMs'>
  try {
    opened = await start(peer, place)
  } catch (error) {
    return { peer, reasons: [(error as Error).message] }
  }
  const startMs = performance.now() - began
  const isDirect = opened.pid === undefined
  const reasons = await verifyPeer({ port: opened.port, apps, isDirect, largeHost })
  if (reasons.length === 0) return { ...opened, startMs }
  await opened.stop()
  return { peer, reasons }
}

/**
 * Waits until all of them have finished what they do after a start, such as reading their table once more:
 * they share their cores, and would be in the way of each other.
 */
export async function settle(opened: readonly OpenPeer[], signal: AbortSignal): Promise<void> {
  const end = performance.now() + SETTLE_LIMIT_MS
  const used = () => opened.reduce((sum, { pid }) => sum + (pid ? cpuSecondsOf(pid) : 0), 0)
  for (let before = used(); performance.now() < end && !signal.aborted; ) {
    await wait(SETTLE_LOOK_MS)
    const after = used()
    if ((after - before) * 1000 < SETTLE_LOOK_MS * QUIET_SHARE) return
    before = after
  }
}

async function start(peer: Peer, place: PeersPlace): Promise<Omit<OpenPeer, 'startMs'>> {
  const folder = join(place.folder, peer.id)
  mkdirSync(folder, { recursive: true })
  const [port = 0] = await freePorts(1)
  const launch = peer.launch({ ...place, folder, port })
  if (launch === undefined) {
    return { peer, port: place.backendPort, pid: undefined, stop: async () => undefined }
  }
  for (const [name, text] of Object.entries(launch.files)) writeFileSync(join(folder, name), text)
  const running: RunningProcess = startProcess(commandOf(launch, peer, place.profiles))
  try {
    const host = place.apps.at(-2)?.host ?? ''
    const limitMs = START_LIMIT_MS + place.apps.length * START_MS_PER_APP
    await untilAnswered(running, { port, path: '/bytes/150', host, who: peer.name, limitMs })
  } catch (error) {
    await running.stop()
    throw error
  }
  return { peer, port, pid: running.pid, stop: () => running.stop() }
}

function commandOf({ command }: Launch, peer: Peer, profiles: string | undefined): Command {
  if (profiles === undefined) return command
  const folder = join(profiles, peer.id)
  mkdirSync(folder, { recursive: true })
  return profiled(command, folder)
}
