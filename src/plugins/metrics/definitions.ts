/** One metric as `/metrics` shows it. */
export interface MetricDefinition {
  /** Behind `marathon_gateway_`. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** Before each name. */
export const PREFIX = 'marathon_gateway_'

const counter = (name: string, help: string, ...labels: string[]): MetricDefinition => ({
  ...{ name, type: 'counter', help, labels }
})
const gauge = (name: string, help: string, ...labels: string[]): MetricDefinition => ({
  ...{ name, type: 'gauge', help, labels }
})

/**
 * Metrics of traffic, counted in each process that carries some and added up. Labels have values that the table or
 * the code names, never what clients send.
 */
export const trafficMetrics = {
  requests: counter(
    'requests_total',
    'Finished requests. `class` is `2xx`…, or `none` when the client left before an answer; `code` is that of an answer of the gateway’s own',
    ...['app', 'route', 'class', 'code']
  ),
  aborted: counter(
    'requests_aborted_total',
    'Requests whose client went away before the answer was complete',
    'app'
  ),
  attempts: counter(
    'attempts_failed_total',
    'Attempts at a task that failed, by reason and by what they led to: `repeated`, or why not',
    ...['app', 'reason', 'then']
  ),
  bytesIn: counter('request_bytes_total', 'Bytes of request bodies', 'app'),
  bytesOut: counter('response_bytes_total', 'Bytes of response bodies', 'app'),
  duration: {
    name: 'request_duration_seconds',
    type: 'histogram',
    help: 'Time from the head of a request to the end of its answer',
    labels: ['app']
  }
} as const satisfies Record<string, MetricDefinition>

/** Numbers that parts of the gateway keep (`host.stats`), with names of their own here. */
export const keptMetrics: Readonly<Record<string, Readonly<Record<string, MetricDefinition>>>> = {
  proxy: {
    connections: gauge('connections', 'Open connections of clients'),
    accepted: counter('connections_total', 'Connections of clients that were accepted'),
    tunnels: gauge('tunnels', 'WebSockets that are open'),
    taskConnections: gauge('task_connections', 'Open connections to tasks'),
    taskIdle: gauge('task_connections_idle', 'Those of them that wait for a next request'),
    inFlight: gauge('requests_in_flight', 'Requests that a task is answering now'),
    queued: gauge('requests_queued', 'Requests that wait for a connection to a task'),
    malformed: counter('malformed_total', 'Bytes of clients that were refused as no request')
  }
}

/** Of faults, by place. */
export const faultsMetric = counter(
  'faults_total',
  'What went wrong inside the gateway and was outlived',
  'where'
)

/** Of numbers without a name of their own. */
export const otherMetric = gauge(
  'stat',
  'A number that a plugin keeps, by its keeper and name',
  ...['keeper', 'name']
)

/** Metrics of the control side: the table and where it comes from. */
export const tableMetrics = {
  routes: gauge('table_routes', 'Routes of the table in force'),
  services: gauge('table_services', 'Services of the table in force'),
  endpoints: gauge('table_endpoints', 'Endpoints of the table in force'),
  swaps: counter('table_swaps_total', 'Tables that came into force since the start'),
  swappedAt: gauge('table_swapped_timestamp_seconds', 'When the table in force came into force'),
  ready: gauge('ready', '1 when a table is in force and no stop has begun'),
  problems: gauge('problems', 'Problems that are shown to operators', 'source'),
  sourceAge: gauge(
    'source_age_seconds',
    'How old the last good news of a source is; absent before the first',
    'source'
  ),
  sourceFailing: gauge('source_failing', '1 while the last read of a source failed', 'source'),
  sourceStats: counter(
    'source_events_total',
    'What a source did: `reads`, `failures`, `events`, `streamsOpened`, `streamsBroken`',
    ...['source', 'event']
  ),
  sourceStream: gauge(
    'source_stream_open',
    '1 while the event stream of a source is open',
    'source'
  )
} as const satisfies Record<string, MetricDefinition>

/** All there are, in the order in which they are shown. */
export const allMetrics: readonly MetricDefinition[] = [
  ...Object.values(trafficMetrics),
  ...Object.values(keptMetrics).flatMap((of) => Object.values(of)),
  ...Object.values(tableMetrics),
  faultsMetric,
  otherMetric
]
