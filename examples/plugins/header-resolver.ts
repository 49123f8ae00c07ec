import { definePlugin, type Route, Type } from 'marathon-gateway'

/** Routes by app id: `X-App: /shop/api` leads to that app, for hosts that no app holds. */
export const headerResolver = definePlugin({
  name: 'header-resolver',
  options: Type.Object({
    header: Type.String({
      default: 'x-app',
      pattern: '^[a-z0-9-]+$',
      description: 'Header that names an app, in lower case.'
    })
  }),
  register(app, { header }) {
    app.gateway.resolver({
      name: 'header-resolver',
      // Plain data, so that every plane can use it; `find` is for what data can't say.
      routes: (snapshots) =>
        snapshots.flatMap(({ apps }) => apps.map(({ id }) => routeTo(id, header)))
    })
  }
})

const routeTo = (id: string, header: string): Route => ({
  id: `header-resolver:${id}`,
  match: { path: '/', headers: { [header]: id } },
  services: [{ service: `app:${id}`, weight: 1 }],
  priority: 0,
  strip: false,
  upgrade: 'websocket',
  hooks: '',
  settings: {},
  origins: { service: { source: 'header-resolver', app: id } }
})
