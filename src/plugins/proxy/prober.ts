import {
  noteProbe,
  type ProbeRecord,
  probePause,
  unprobed
} from '../../gateway/balance/probe-verdict.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { EndpointChanges } from '../../gateway/model/endpoint-changes.ts'
import type { Endpoint, Probe, Service, ServiceId } from '../../gateway/model/route.ts'
import type { ProbeCall } from './probe-call.ts'

/** Probes the endpoints of services that ask for it. */
export interface Prober {
  /**
   * Endpoints that are new are probed soon, those that left no more.
   *
   * @param changes since the table that was told before
   */
  follow(changes: Pick<EndpointChanges, 'services'>): void
  close(): void
  readonly stats: { readonly probed: number; readonly unwell: number }
}

/** What a probe has shown. */
export interface ProbeNews {
  readonly service: ServiceId
  readonly endpoint: Endpoint
  readonly isWell: boolean
  /** It was not so before. */
  readonly isNews: boolean
  /** Longest time until the next one says something, ms. */
  readonly holdsMs: number
}

export interface ProberTools {
  readonly wheel: Wheel
  readonly call: ProbeCall
  /** 0 ≤ x < 1. */
  random(): number
  /** Told of each probe that changes something, and of each one that finds an endpoint unwell still. */
  onNews(news: ProbeNews): void
}

/** Probes under way at once; the others wait for their turn. */
const MOST_AT_ONCE = 64
/** New endpoints are not all probed in the same moment, ms. */
const SPREAD_MS = 500

export function createProber(tools: ProberTools): Prober {
  const watches = new Map<string, Watch>()
  const line = new Line()

  function keep(service: ServiceId, endpoint: Endpoint, probe: Probe): Watch {
    const known = watches.get(endpoint.id)
    if (known?.isFor(endpoint, probe) === true) return known
    known?.end()
    const watch = new Watch(tools, line, service, endpoint, probe)
    watches.set(endpoint.id, watch)
    return watch
  }

  return {
    follow({ services }) {
      const left = new Set<string>()
      for (const { before } of services) {
        for (const { endpoint } of probedIn(before)) left.add(endpoint.id)
      }
      for (const { after } of services) {
        for (const { service, endpoint, probe } of probedIn(after)) {
          keep(service, endpoint, probe)
          left.delete(endpoint.id)
        }
      }
      for (const id of left) {
        watches.get(id)?.end()
        watches.delete(id)
      }
    },
    close() {
      for (const watch of watches.values()) watch.end()
      watches.clear()
    },
    get stats() {
      const unwell = [...watches.values()].filter(({ isWell }) => !isWell).length
      return { probed: watches.size, unwell }
    }
  }
}

interface Probed {
  readonly service: ServiceId
  readonly endpoint: Endpoint
  readonly probe: Probe
}

const NONE: readonly Probed[] = []

function probedIn(service: Service | undefined): readonly Probed[] {
  if (service?.probe === undefined) return NONE
  const { id, probe, endpoints } = service
  return endpoints.map((endpoint) => ({ service: id, endpoint, probe }))
}

/** Lets few run at once, in order. */
class Line {
  #running = 0
  readonly #waiting: (() => void)[] = []

  enter(run: () => void): void {
    if (this.#running < MOST_AT_ONCE) {
      this.#running++
      run()
    } else this.#waiting.push(run)
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#running--
    else next()
  }
}

/** One endpoint that is probed again and again. */
class Watch {
  readonly #tools: ProberTools
  readonly #line: Line
  readonly #service: ServiceId
  readonly #endpoint: Endpoint
  readonly #probe: Probe
  readonly #record: ProbeRecord = unprobed()
  readonly #timer: Timer = { deadline: 0, slot: 0, expire: () => this.#expire() }
  /** Ends the probe that is under way. */
  #cancel: (() => void) | undefined
  #ended = false

  constructor(
    tools: ProberTools,
    line: Line,
    service: ServiceId,
    endpoint: Endpoint,
    probe: Probe
  ) {
    this.#tools = tools
    this.#line = line
    this.#service = service
    this.#endpoint = endpoint
    this.#probe = probe
    tools.wheel.arm(this.#timer, tools.random() * Math.min(SPREAD_MS, probe.intervalMs))
  }

  get isWell(): boolean {
    return this.#record.isWell
  }

  isFor({ host, port }: Endpoint, probe: Probe): boolean {
    const own = this.#endpoint
    if (own.host !== host || own.port !== port) return false
    return probe === this.#probe || JSON.stringify(probe) === JSON.stringify(this.#probe)
  }

  /** It is probed no more, and nothing is held against it. */
  end(): void {
    this.#ended = true
    this.#tools.wheel.disarm(this.#timer)
    if (this.#cancel !== undefined) this.#leave()
    if (!this.isWell) this.#tell(true, true)
  }

  #expire(): void {
    if (this.#cancel === undefined) this.#line.enter(() => this.#start())
    else this.#finish(false)
  }

  #start(): void {
    if (this.#ended) {
      this.#line.leave()
      return
    }
    const { wheel, call } = this.#tools
    wheel.arm(this.#timer, this.#probe.timeoutMs)
    this.#cancel = call(this.#endpoint, this.#probe, (isGood) => this.#finish(isGood))
  }

  #finish(isGood: boolean | undefined): void {
    if (this.#cancel === undefined) return
    this.#leave()
    const isNews = isGood !== undefined && noteProbe(this.#record, isGood)
    const { wheel, random } = this.#tools
    wheel.arm(this.#timer, probePause(this.#record, this.#probe.intervalMs, random()))
    if (isNews || !this.isWell) this.#tell(this.isWell, isNews)
  }

  #leave(): void {
    const cancel = this.#cancel
    this.#cancel = undefined
    cancel?.()
    this.#line.leave()
  }

  #tell(isWell: boolean, isNews: boolean): void {
    const { intervalMs, timeoutMs } = this.#probe
    const news = { service: this.#service, endpoint: this.#endpoint, isWell, isNews }
    this.#tools.onNews({ ...news, holdsMs: 2 * (intervalMs + timeoutMs) })
  }
}
