/** A request as it goes over the wire, told piece by piece. All texts are bytes as Latin-1. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
  /** In the order of the wire. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Empty: none. Its `Content-Length` stands among the fields. */
  readonly body: string
}

/** The exact bytes of a request, as Latin-1. */
export function wireOf({ method, target, version, fields, body }: RequestHead): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/${version}\r\n${lines.join('')}\r\n${body}`
}

/** A command line that sends exactly this request, for a POSIX shell. */
export function pasteable(head: RequestHead, address: { host: string; port: number }): string {
  const format = wireOf(head).replace(/[^ !#$&(-[\]-~]/g, escapeByte)
  return `printf '${format}' | nc -w 2 ${address.host} ${address.port}`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\n': '\\n',
  '\\': '\\\\',
  '%': '%%'
}

/** Everything else that `printf` or the quotes of a shell would read as their own, as octal digits. */
function escapeByte(byte: string): string {
  return ESCAPES[byte] ?? `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`
}
