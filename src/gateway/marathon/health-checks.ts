import type { AppPort } from '../model/app.ts'
import { countOf, type Fields, fieldsOf, itemsOf } from './read-values.ts'

/**
 * Marks the ports that Marathon checks by HTTP. Which check is a port's is marathon-lb's own rule: the
 * first one that names its index, or that names a port number, whatever the index.
 */
export function withHttpChecks(ports: readonly AppPort[], value: unknown): readonly AppPort[] {
  const checks = itemsOf(value).map((entry): Fields => fieldsOf(entry) ?? {})
  if (!checks.some(isHttp)) return ports
  return ports.map((port, index) => {
    const check = checks.find((one) => namesPort(one) || countOf(one['portIndex']) === index)
    return check !== undefined && isHttp(check) ? { ...port, httpCheck: true as const } : port
  })
}

/** Not HTTPS, and not `MESOS_HTTP`: marathon-lb knows this one only. */
function isHttp(check: Fields): boolean {
  return check['protocol'] === 'HTTP'
}

function namesPort(check: Fields): boolean {
  return (countOf(check['port']) ?? 0) > 0
}
