import { closeSync, openSync, readSync } from 'node:fs'
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'

/**
 * A plugin of the built gateway that looks at the thread it runs in: how long the event loop is held, what
 * a change costs. Asked by messages of the process that started it; see messages.ts.
 */
const TICK_MS = 1
const TOLD_MS = 8
const { ClusterState } = await import('../../dist/gateway/state/cluster-state.js')
const { TableStore } = await import('../../dist/gateway/state/table-store.js')
const { resolve } = await import('../../dist/gateway/model/resolve.js')
const { buildTable } = await import('../../dist/gateway/model/table.js')

const clock = createThreadClock()
let seen = nothingSeen()
let before = look()
let publishing
let collections = 0
let isWorker = false

export const plugin = {
  name: 'large-cluster-probe',
  options: { type: 'object', properties: {}, additionalProperties: false },
  register(app) {
    watchLoop()
    watchCollections()
    // A process that carries traffic has another one to talk to.
    isWorker = app.gateway.role === 'traffic'
    if (isWorker) return
    watchPublications()
    process.on('message', async (order) => process.send(await follow(order, app.gateway)))
    process.channel.unref()
  }
}

function watchLoop() {
  const timer = setInterval(() => {
    const now = look()
    const wallMs = now.at - before.at
    seen.heldWallMs = Math.max(seen.heldWallMs, wallMs - TICK_MS)
    // Without the system's own account the clock has to do.
    const workedMs = Number.isNaN(now.cpuMs) ? wallMs - TICK_MS : now.cpuMs - before.cpuMs
    const heldMs = Math.min(wallMs, workedMs)
    seen.heldMs = Math.max(seen.heldMs, heldMs)
    if (heldMs > TOLD_MS && process.env.HOLDS !== undefined) tellHold(heldMs, wallMs)
    before = now
  }, TICK_MS)
  timer.unref()
}

/** For whoever looks into a profile, whose clock this is. */
function tellHold(heldMs, wallMs) {
  const at = process.hrtime.bigint() / 1000n
  process.stderr.write(
    `HOLD${isWorker ? ' of a worker' : ''} ${heldMs.toFixed(1)} ms, ${wallMs.toFixed(1)} by the clock, until ${at}\n`
  )
}

function watchCollections() {
  new PerformanceObserver((list) => {
    for (const { duration, detail, startTime } of list.getEntries()) {
      collections += 1
      seen.pauseMs = Math.max(seen.pauseMs, duration)
      if (duration > TOLD_MS && process.env.HOLDS !== undefined)
        process.stderr.write(
          `PAUSE ${duration.toFixed(1)} ms, kind ${detail.kind}, at ${startTime.toFixed(0)}\n`
        )
    }
  }).observe({ entryTypes: ['gc'] })
}

/** From what a source says to the table: the two ends of what the gateway does with a snapshot. */
function watchPublications() {
  const { publish } = ClusterState.prototype
  const { swap } = TableStore.prototype
  ClusterState.prototype.publish = function (...args) {
    publishing ??= { ...look(), heap: heapBytes(), collections }
    return publish.apply(this, args)
  }
  TableStore.prototype.swap = function (...args) {
    const { current } = this
    const result = swap.apply(this, args)
    if (publishing !== undefined) seen.applied.push(applied(publishing, this.current !== current))
    publishing = undefined
    return result
  }
}

function applied(begin, changed) {
  const allocatedBytes = heapBytes() - begin.heap
  const end = look()
  return {
    publishedAt: performance.timeOrigin + begin.at,
    tableAt: performance.timeOrigin + end.at,
    cpuMs: end.cpuMs - begin.cpuMs,
    // What is told of collections comes late, but a collection leaves less than there was.
    ...(begin.collections === collections && allocatedBytes >= 0 && { allocatedBytes }),
    changed
  }
}

async function follow(order, host) {
  if (order.kind === 'begin') return begin()
  if (order.kind === 'end') return { observed: observed() }
  if (order.kind === 'resolve')
    return { resolveNs: order.cases.map((one) => timed(host.table, one)) }
  if (order.kind === 'memory') return memory(host.table)
  host.refresh('bench')
  return {}
}

function begin() {
  globalThis.gc?.()
  seen = nothingSeen()
  before = look()
  return {}
}

function nothingSeen() {
  return {
    ...look(),
    processCpu: process.cpuUsage(),
    heldMs: 0,
    heldWallMs: 0,
    pauseMs: 0,
    applied: []
  }
}

function observed() {
  const { user, system } = process.cpuUsage(seen.processCpu)
  const { heldMs, heldWallMs, pauseMs, applied } = seen
  return {
    heldMs,
    heldWallMs,
    pauseMs,
    applied,
    threadCpuMs: look().cpuMs - seen.cpuMs,
    processCpuMs: (user + system) / 1000
  }
}

async function memory(table) {
  let endpoints = 0
  for (const service of table.services.values()) endpoints += service.endpoints.length
  const text = JSON.stringify(table.data)
  const heap = await collectedHeap()
  const copy = buildTable(JSON.parse(text))
  const tableBytes = (await collectedHeap()) - heap
  if (copy.hash !== table.hash) throw new Error('a copy of the table is another table')
  return { heapBytes: heap - text.length, tableBytes, endpoints }
}

/** What is in use once nothing is left to collect. */
async function collectedHeap() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
    await new Promise((done) => setTimeout(done, 50))
  }
  return heapBytes()
}

/** Hosts come from bytes each time, as a lane reads them: a text that was looked up remembers its hash. */
function timed(table, { hosts, target }) {
  const bytes = hosts.map((host) => Buffer.from(host))
  const targetBytes = Buffer.from(target)
  const run = (count) => {
    let found = 0
    for (let turn = 0; turn < count; turn++) {
      const host = bytes[turn % bytes.length].toString('latin1')
      const facts = {
        host,
        target: targetBytes.toString('latin1'),
        method: 'GET',
        header: noHeader
      }
      if (resolve(table, facts).kind === 'route') found += 1
    }
    if (found !== count) throw new Error(`a route was not found: ${hosts[0]}${target}`)
  }
  run(20_000)
  const times = Array.from({ length: 9 }, () => {
    const start = performance.now()
    run(20_000)
    return ((performance.now() - start) * 1e6) / 20_000
  })
  return times.sort((a, b) => a - b)[4]
}

function noHeader() {}

function look() {
  return { at: performance.now(), cpuMs: clock() }
}

function heapBytes() {
  return getHeapStatistics().used_heap_size
}

/** CPU time of this thread, ms; NaN where the system doesn't tell. */
function createThreadClock() {
  const text = Buffer.alloc(100)
  let file
  try {
    file = openSync('/proc/thread-self/schedstat')
    process.once('exit', () => closeSync(file))
  } catch {
    return () => Number.NaN
  }
  return () => {
    const length = readSync(file, text, 0, text.length, 0)
    return Number(text.toString('latin1', 0, length).split(' ')[0]) / 1e6
  }
}
