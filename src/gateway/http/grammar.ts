const TOKEN_CHARACTER = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/

const TARGET_CHARACTER = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/?%[\]]$/

/** Bytes of an HTTP token, RFC 9110 §5.6.2: 1 where the byte may stand in a field name. */
export const TOKEN: Readonly<Uint8Array> = bytes((code) =>
  TOKEN_CHARACTER.test(String.fromCharCode(code))
)

/** Bytes of a field value, RFC 9110 §5.5: HTAB, SP, VCHAR and obs-text; no other control. */
export const VALUE: Readonly<Uint8Array> = bytes(
  (code) => code === 9 || (code >= 32 && code !== 127)
)

/** Bytes of a request target, RFC 3986: path and query; nothing above 0x7e, no `#"<>\^` backtick `{|}`. */
export const TARGET: Readonly<Uint8Array> = bytes((code) =>
  TARGET_CHARACTER.test(String.fromCharCode(code))
)

/** True for an HTTP token such as a method or a field name. */
export function isToken(text: string): boolean {
  return text.length > 0 && consistsOf(text, TOKEN)
}

/** True for what may be written as a field value: Latin-1 without controls other than HTAB. */
export function isFieldValue(text: string): boolean {
  return consistsOf(text, VALUE)
}

/** True for what may be written as a request target: no space, no control, Latin-1 only. */
export function isWritableTarget(text: string): boolean {
  return /^[\x21-\x7e\x80-\xff]+$/.test(text)
}

/** A code above 255 is in no table: writing it as Latin-1 would turn U+010A into a line feed. */
function consistsOf(text: string, allowed: Readonly<Uint8Array>): boolean {
  for (let i = 0; i < text.length; i++) {
    if (allowed[text.charCodeAt(i)] !== 1) return false
  }
  return true
}

function bytes(belongs: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (belongs(code) ? 1 : 0))
}
