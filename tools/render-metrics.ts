import { allMetrics, PREFIX } from '../src/plugins/metrics/definitions.ts'

const INTRO = `# Metrics

Made from \`src/plugins/metrics/definitions.ts\` by \`npm run docs\`.

\`/metrics\` on the admin side answers in Prometheus' text format: the traffic of all processes of the gateway, its
table, its sources and the process itself (\`process_…\`, \`nodejs_…\`), and where HAProxy carries the bytes, its
exporter and \`marathon_gateway_haproxy_…\` in front. It asks for the admin token, if there is one.

Labels have values that the table or the code names, never what clients send: \`app\` is the id of an app, \`route\` that
of a route. Numbers of a route that is gone are told for ten minutes more. Beyond \`metrics.maxRoutes\` routes, both
are \`other\`; of requests without a route, both are empty. Numbers that a plugin keeps (\`host.stats\`) appear as
\`${PREFIX}stat\`.

| metric | type | labels | meaning |
|---|---|---|---|
`

/** The page that tells every metric of the gateway's own. */
export function renderMetrics(): string {
  const rows = allMetrics.map(({ name, type, labels, help }) => {
    const shown = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${PREFIX}${name}\` | ${type} | ${shown} | ${help.replaceAll('|', '\\|')} |`
  })
  return `${INTRO}${rows.join('\n')}\n`
}
