import {
  LABEL_PREFIX,
  type LabelDefinition,
  labelDefinitions,
  labelKeys
} from '../src/gateway/model/label-definitions.ts'
import { MOST_PORTS } from '../src/gateway/model/labels.ts'
import { defaultLimits } from '../src/gateway/model/routing-limits.ts'

const INTRO = `# Labels

Made from \`src/gateway/model/label-definitions.ts\` by \`npm run docs\`.

An app says in its \`labels\` how it wants to be reached. Without any label \`/shop/api\` answers at
\`api.shop.<domain>\` for each configured domain.

\`\`\`json
{
  "id": "/shop/api",
  "labels": {
    "gateway.hosts": "api.example.com",
    "gateway.timeout.first-byte": "2m",
    "gateway.1.hosts": "admin.example.com"
  }
}
\`\`\`

## Which port a label speaks about

- \`gateway.<key>\` at the app speaks for the default port: the one named by \`gateway.port\`, else the first
  TCP port. Keys marked *all ports* below hold for the other ports too.
- \`gateway.<port>.<key>\`, with the index or the name of a port, speaks for that port alone.
- \`gateway.<key>\` in the labels of a port definition or port mapping speaks for that port, too; when the
  app says the same key for the port, the app's word counts.
- A port other than the default one gets routes only with hosts, a path or a service of its own.
- A known key after \`gateway.\` is always the key: a port of that name is addressed by its index.
- \`gateway.<plugin>.<key>\` belongs to the plugin of that name; its page tells the keys. A wrong one closes
  the routes, since it may have been meant to protect them.

## Who gets a host

A host belongs to the app that asked for it first, as long as that app exists and asks for it. When two ask
at the same moment the smaller app id gets it. Apps of the holder's Marathon group may answer on the host
as well, on other paths; at the same path the higher \`gateway.priority\` goes first, except in the root group,
where the holder always does. All others get no route there, and a problem that names the holder. A path on
every host (\`gateway.path\` without \`gateway.hosts\`) is held in the same way.

Routes of the watched file beat labels: a host for which the file has a route on \`/\` without conditions is
left to the apps this route leads to and to their Marathon groups, and a place that the file declares is the
file's.

## Which route answers

The exact host goes first, then the wildcard, then routes for every host. Within one of these the longest
path that covers the request goes first, then the route with more conditions, then the higher priority. When
a host has no path that fits, the next one is asked. A route whose app has no task that can answer is
503, and nothing else is tried.

Paths are compared with unreserved characters decoded, dot segments removed and slashes merged; \`%2F\` is no
border. What the task sees is the path as the client sent it, less the segments that \`gateway.path.strip\`
removes.

## When a label is wrong

The rest of the app routes on. The problem, with app, label and reason, is shown by \`/problems\` on the admin
side and by \`marathon-gateway explain\`. Unknown labels that begin with \`gateway.\` are problems as well, with
the nearest known name. A value has up to ${defaultLimits.labelBytes} characters, a port up to ${defaultLimits.hosts} hosts, an app up to
${defaultLimits.routesPerApp} routes, unless \`routing.limits\` says otherwise, and of an app the
first ${MOST_PORTS} ports count.

## All labels

`

const scopes = {
  app: 'the whole app; not on a port',
  inherited: 'all ports, when at the app',
  port: 'the default port, when at the app'
} as const satisfies Record<LabelDefinition<unknown>['scope'], string>

/** The page that tells every label of the gateway. */
export function renderLabels(): string {
  const sections = labelKeys.map((key) => {
    const label: LabelDefinition<unknown> = labelDefinitions[key]
    return [
      `### ${LABEL_PREFIX}${key}`,
      '',
      label.meaning,
      '',
      `- Values: ${label.values}.`,
      `- Default: ${label.default}.`,
      `- Holds for: ${scopes[label.scope]}.`,
      `- Example: \`${label.example}\``,
      `- When wrong: ${label.whenWrong}`
    ].join('\n')
  })
  return `${INTRO}${sections.join('\n\n')}\n`
}
