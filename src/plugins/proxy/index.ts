import { definePlugin } from '../../gateway/plugin.ts'
import { createFrontDoor, type FrontDoor } from './front-door.ts'
import { proxyProblems, unsupported } from './not-supported.ts'
import { type ProxyOptions, proxyOptions } from './options.ts'

/** The proxy plane: the gateway itself listens and forwards. */
export const proxyPlugin = definePlugin({
  name: 'proxy',
  options: proxyOptions,
  register(app, options: ProxyOptions) {
    const host = app.gateway
    let door: FrontDoor | undefined
    host.plane({
      name: 'proxy',
      supports: (route) => unsupported(route, options) ?? true,
      problems: (table) => proxyProblems(table, options),
      apply: (table) => door?.apply(table)
    })
    // By then every plugin has added its pickers, hook sets and resolvers.
    app.addHook('onReady', async () => {
      door = await createFrontDoor(host, options)
      const bound = await door.open()
      for (const bind of bound) host.listening({ name: 'front door', ...bind })
    })
    // Before anything else of the gateway closes: requests in flight need all of it.
    app.addHook('preClose', async () => {
      await door?.close(host.deadline)
    })
  }
})
