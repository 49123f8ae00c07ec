/** Where the page is, on HAProxy and on the admin side: the one of marathon-lb. */
export const STATS_PATH = '/haproxy'
export const STATS_URI = `${STATS_PATH}?stats`
export const METRICS_PATH = '/metrics'

/**
 * Lines of a listener on a unix socket that shows HAProxy's statistics and changes nothing. Whether it
 * has the Prometheus exporter is asked of the HAProxy that reads the file (`.if feature`, since 2.4).
 */
export function statsLines(socket: string): string[] {
  return [
    `bind ${socket} mode 600 name stats`,
    '.if feature(PROMEX)',
    `http-request use-service prometheus-exporter if { path ${METRICS_PATH} }`,
    '.endif',
    `http-request return status 404 unless { path ${STATS_PATH} }`,
    'stats enable',
    `stats uri ${STATS_URI}`,
    'stats show-legends'
  ]
}
