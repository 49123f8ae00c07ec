import { definePlugin } from '../../gateway/plugin.ts'
import { createFrontDoor, type FrontDoor } from './front-door.ts'
import { type BehindHaproxy, createPassingListeners } from './front-listeners.ts'
import type { Bind } from './listeners.ts'
import { proxyProblems, unsupported } from './not-supported.ts'
import { type ProxyOptions, proxyOptions } from './options.ts'

/**
 * The proxy plane: the gateway itself listens and forwards.
 *
 * @param behind sockets to listen at instead of ports, for an HAProxy that holds those
 */
export function proxyPluginFor(behind?: BehindHaproxy) {
  return definePlugin({
    name: 'proxy',
    options: proxyOptions,
    register(app, options: ProxyOptions) {
      const host = app.gateway
      let door: FrontDoor | undefined
      let listeners: Pick<FrontDoor, 'open' | 'close'> | undefined
      host.plane({
        name: 'proxy',
        runsIn: 'traffic',
        supports: (route) => unsupported(route, options, behind) ?? true,
        problems: proxyProblems(options, behind),
        apply: (table, previous) => door?.apply(table, previous)
      })
      // By then every plugin has added its pickers, hook sets and resolvers.
      app.addHook('onReady', async () => {
        if (host.role === 'control') {
          const onAcceptFailed = (error: Error) => void host.fault('process', error)
          listeners = createPassingListeners(options, host.connections, onAcceptFailed)
        } else listeners = door = await createFrontDoor(host, options, behind)
        for (const bind of await listeners.open()) host.listening(addressOf(bind))
      })
      // Before anything else of the gateway closes: requests in flight need all of it.
      app.addHook('preClose', async () => {
        await listeners?.close(host.deadline)
      })
    }
  })
}

/** The proxy plane at the front port. */
export const proxyPlugin = proxyPluginFor()

function addressOf(bind: Bind) {
  if (!('path' in bind)) return { name: 'front door', ...bind }
  return { name: 'proxy plane behind HAProxy', host: '', port: 0, path: bind.path }
}
