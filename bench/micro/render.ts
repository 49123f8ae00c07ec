import type { Route, Service } from '../../src/gateway/model/route.ts'
import { buildTable } from '../../src/gateway/model/table.ts'
import { desiredOf } from '../../src/plugins/haproxy/render/desired-of.ts'
import { defaultRenderOptions } from '../../src/plugins/haproxy/render/options.ts'
import { renderFiles } from '../../src/plugins/haproxy/render/render-files.ts'

/** Time to render a whole table for HAProxy; with a goal it fails when the median is slower. */

const APPS = Number(process.env['APPS'] ?? 10_000)
const TASKS = Number(process.env['TASKS'] ?? 10)
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const GOAL_MS = Number(process.env['GOAL_MS'] ?? 2000)

const table = buildTable({
  services: Array.from({ length: APPS }, (_, app) => serviceOf(app)),
  routes: Array.from({ length: APPS }, (_, app) => routeOf(app))
})
const times: number[] = []
let bytes = 0
for (let round = 0; round < ROUNDS; round += 1) {
  const begin = performance.now()
  const { desired } = desiredOf(table, defaultRenderOptions)
  const made = performance.now()
  const files = renderFiles(desired, '/etc/haproxy/gateway')
  const end = performance.now()
  times.push(end - begin)
  bytes = files.reduce((sum, { content }) => sum + content.length, 0)
  console.log(`desired ${(made - begin).toFixed(0)} ms, files ${(end - made).toFixed(0)} ms`)
}
const median = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
console.log(
  `${APPS} apps, ${APPS * TASKS} tasks: median ${median.toFixed(0)} ms, ${(bytes / 1e6).toFixed(1)} MB`
)
if (median > GOAL_MS) process.exitCode = 1

function serviceOf(app: number): Service {
  const id = `marathon:/group-${app % 100}/app-${app}:0`
  return {
    id,
    origin: { source: 'marathon', app: id },
    endpoints: Array.from({ length: TASKS }, (_, task) => ({
      id: `app-${app}.${task}:0`,
      taskId: `app-${app}.${task}`,
      host: `10.${app % 250}.${task}.1`,
      port: 31_000 + (app % 1000),
      agent: 'agent',
      lastResort: false,
      cookie: ''
    })),
    leftOut: [],
    picker: 'round-robin',
    timeouts: {}
  }
}

function routeOf(app: number): Route {
  const service = `marathon:/group-${app % 100}/app-${app}:0`
  return {
    id: `${service}:route`,
    match: { host: `app-${app}.example.com`, path: app % 4 === 0 ? '/api' : '/' },
    services: [{ service, weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {}
  }
}
