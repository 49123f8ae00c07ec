/**
 * Ports at which nothing listens, so that a connection to loopback is refused at once. They are
 * privileged and out of the range the system gives away: a port that was opened and closed again
 * may belong to another test's server a moment later.
 */
export const REFUSING_PORTS = [1009, 1010] as const
export const [REFUSING_PORT] = REFUSING_PORTS
