import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { durationMs } from '../../gateway/config/duration.ts'
import type { Problem } from '../../gateway/model/problem.ts'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'
import { createAddressBook } from './address-book.ts'
import { createHaproxyKeeper, type HaproxyKeeper } from './apply/keeper.ts'
import { createKeeperTools } from './apply/keeper-tools.ts'
import { type HaproxyOptions, haproxyOptions } from './options.ts'
import { desiredOf, type Rendering } from './render/desired-of.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'
import type { NotPortable, RenderOptions } from './render/options.ts'
import { CONFIG_FILE, renderFiles } from './render/render-files.ts'

const START_MS = 20_000
const REWRITE_MS = 5_000
const LEAVE_MS = 60_000

/**
 * The haproxy plane: HAProxy listens and forwards, the gateway keeps it in step with the table.
 *
 * @param front what section `proxy` says of the front door
 */
export function haproxyPluginFor(front: FrontDoorOptions) {
  return definePlugin({
    name: 'haproxy',
    options: haproxyOptions,
    async register(app, options: HaproxyOptions) {
      const host = app.gateway
      await mkdir(options.folder, { recursive: true, mode: 0o755 })
      const keeper = createHaproxyKeeper(keeperOptions(options), keeperTools(host, options, front))
      const rendered = createRenderings(host, keeper, (addresses) =>
        renderOptions(host, options, front, addresses)
      )
      host.plane({
        name: 'haproxy',
        supports: (route) =>
          rendered.notPortable.find((one) => one.route === route.id)?.reason ?? true,
        apply: () => rendered.renew()
      })
      host.admin('/haproxy', (admin) => {
        admin.get('/', async () => ({
          ...keeper.status,
          notPortable: rendered.notPortable,
          leftOut: rendered.problems
        }))
      })
      app.addHook('preClose', async () => {
        rendered.close()
        const stopHaproxy = options.stopWithGateway && options.socket === ''
        await keeper.close({ stopHaproxy })
      })
    }
  })
}

interface Renderings {
  readonly notPortable: readonly NotPortable[]
  readonly problems: readonly Problem[]
  /** Renders the current table and hands it to the keeper. */
  renew(): void
  close(): void
}

function createRenderings(
  host: GatewayHost,
  keeper: HaproxyKeeper,
  optionsFor: (addresses: ReadonlyMap<string, string>) => RenderOptions
): Renderings {
  let last: Rendering | undefined
  const book = createAddressBook(() => renew())

  function renew(): void {
    const { table } = host
    book.use(table)
    const next = desiredOf(table, optionsFor(book.addresses))
    tellNew(host, last, next)
    last = next
    keeper.apply(next.desired)
  }

  return {
    get notPortable() {
      return last?.notPortable ?? []
    },
    get problems() {
      return last?.problems ?? []
    },
    renew,
    close: () => book.close()
  }
}

/** What can't be carried is logged when it appears, not with each table. */
function tellNew(host: GatewayHost, last: Rendering | undefined, next: Rendering): void {
  const known = new Set(last?.notPortable.map(({ route, reason }) => `${route} ${reason}`))
  for (const { route, reason } of next.notPortable) {
    if (!known.has(`${route} ${reason}`))
      host.log.warn({ route }, `HAProxy can't carry it: ${reason}`)
  }
  const told = new Set(last?.problems.map((problem) => JSON.stringify(problem)))
  for (const problem of next.problems) {
    if (!told.has(JSON.stringify(problem))) host.log.warn({ problem }, problem.reason)
  }
}

function keeperOptions(options: HaproxyOptions) {
  return {
    folder: options.folder,
    configFile: CONFIG_FILE,
    spares: options.spares,
    rewriteMs: REWRITE_MS,
    reloadEveryMs: durationMs(options.reloadEvery),
    compareMs: durationMs(options.compareEvery),
    leaveMs: LEAVE_MS
  }
}

function keeperTools(host: GatewayHost, options: HaproxyOptions, front: FrontDoorOptions) {
  const { socket, reloadCommand } = options
  return createKeeperTools({
    binary: options.binary,
    folder: options.folder,
    configFile: CONFIG_FILE,
    socket: socketOf(options),
    ...(socket === '' ? {} : { reloadCommand }),
    startMs: START_MS,
    stopMs: durationMs(front.timeout.idle),
    render: renderFiles,
    log: host.log
  })
}

function socketOf({ socket, folder }: HaproxyOptions): string {
  return socket === '' ? join(folder, 'runtime.sock') : socket
}

function renderOptions(
  host: GatewayHost,
  options: HaproxyOptions,
  front: FrontDoorOptions,
  addresses: ReadonlyMap<string, string>
): RenderOptions {
  const { certificates, tlsPort } = options
  const { host: address, appIdHeader } = front
  return {
    ...frontDoorRenderOptions(front),
    ...(tlsPort === 0 ? {} : { tls: { host: address, port: tlsPort, appIdHeader, certificates } }),
    hardStopMs: durationMs(options.hardStop),
    socket: socketOf(options),
    log: options.socket === '',
    finders: host.parts.resolvers.flatMap(({ name, find }) => (find === undefined ? [] : [name])),
    ...(options.servicePorts ? { servicePorts: { host: address } } : {}),
    addresses
  }
}
