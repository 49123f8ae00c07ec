/**
 * Connections that wait to be accepted; the system's own limit (`net.core.somaxconn`) applies. Node asks for 511: of a
 * crowd beyond that, TCP would try again after 1 and 3 s, and a unix socket refuses at once.
 */
export const BACKLOG = 4096
