import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { durationMs } from '../../gateway/config/duration.ts'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'
import { addAdminRoutes } from './admin/admin-routes.ts'
import { addsBackends } from './apply/adds-backends.ts'
import { checksPasswords } from './apply/checks-passwords.ts'
import { createHaproxyKeeper } from './apply/keeper.ts'
import { createKeeperTools } from './apply/keeper-tools.ts'
import { checkFolder } from './check-folder.ts'
import { listenerBookFor } from './listeners/listener-book-for.ts'
import { createListeningNote } from './listening.ts'
import { type HaproxyOptions, haproxyOptions } from './options.ts'
import type { FrontDoorOptions } from './render/front-door-options.ts'
import { HANDOVER_ENTRY, HANDOVER_MAP } from './render/handover.ts'
import { CONFIG_FILE, renderFiles } from './render/render-files.ts'
import { findersOf, renderOptionsOf, socketOf, statsSocketOf } from './render-options-of.ts'
import { createRenderings } from './renderings.ts'

const START_MS = 20_000
const REWRITE_MS = 5_000
const LEAVE_MS = 60_000

/**
 * The haproxy plane: HAProxy listens and forwards, the gateway keeps it in step with the table.
 *
 * @param front what section `proxy` says of the front door
 * @param behind socket of a proxy plane for what HAProxy can't carry
 */
export function haproxyPluginFor(
  front: FrontDoorOptions,
  behind: { readonly fallback?: string } = {}
) {
  return definePlugin({
    name: 'haproxy',
    options: haproxyOptions,
    async register(app, options: HaproxyOptions) {
      const host = app.gateway
      checkFolder(options)
      const { binary } = options
      const [passwords, adds] = await Promise.all([checksPasswords(binary), addsBackends(binary)])
      await mkdir(options.folder, { recursive: true, mode: 0o755 })
      const listeners = listenerBookFor(options, {
        onChange: () => rendered.renew(),
        isFailing: () => keeper.status.failure !== undefined
      })
      const tools = keeperTools(host, options, front)
      const keeper = createHaproxyKeeper(keeperOptions(options, adds), {
        ...tools,
        mayReload: async () => (await listeners?.recheck()) ?? true
      })
      const rendered = createRenderings(
        host,
        keeper,
        (found) =>
          renderOptionsOf(options, front, {
            finders: findersOf(host.parts),
            passwords,
            ...found,
            ...behind
          }),
        listeners
      )
      host.plane({
        name: 'haproxy',
        supports: (route) =>
          rendered.notPortable.find((one) => one.route === route.id)?.reason ?? true,
        apply: () => rendered.renew()
      })
      addAdminRoutes(host, {
        keeper,
        rendered,
        configFile: join(options.folder, CONFIG_FILE),
        socket: socketOf(options),
        statsSocket: statsSocketOf(options),
        ...behind
      })
      app.addHook('preClose', async () => {
        rendered.close()
        const stopHaproxy = options.stopWithGateway && options.socket === ''
        await keeper.close({ stopHaproxy, deadline: host.deadline })
      })
    }
  })
}

function keeperOptions(options: HaproxyOptions, addsBackends: boolean) {
  return {
    addsBackends,
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
    handover: { map: HANDOVER_MAP, entry: HANDOVER_ENTRY },
    startMs: START_MS,
    stopMs: durationMs(front.timeout.idle),
    render: renderFiles,
    log: host.log,
    onSettled: createListeningNote(host, options, front)
  })
}
