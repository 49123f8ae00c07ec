import { createHash, timingSafeEqual } from 'node:crypto'

export interface Credential {
  readonly principal: string
  readonly secret: string
}

function credentialOf(value: unknown, where: string): Credential {
  const { principal, secret } = (value ?? {}) as Partial<Credential>
  if (typeof principal !== 'string' || typeof secret !== 'string' || secret === '') {
    throw new Error(`${where} needs a principal and a secret`)
  }
  return { principal, secret }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${where} is not JSON`)
  }
}

/** What `--credentials` and `--http_credentials` hold. @throws Error */
export function credentialsIn(text: string, where: string): readonly Credential[] {
  const { credentials } = parsed(text, where) as { credentials?: unknown }
  if (!Array.isArray(credentials)) throw new Error(`${where} has no list of credentials`)
  return credentials.map((item) => credentialOf(item, where))
}

/** What `--credential` of an agent holds. @throws Error */
export function credentialIn(text: string, where: string): Credential {
  return credentialOf(parsed(text, where), where)
}

const digest = (value: string) => createHash('sha256').update(value).digest()

/** The principal that an `Authorization` header proves; undefined when it proves none. */
export function principalOf(
  header: string | undefined,
  known: readonly Credential[]
): string | undefined {
  const basic = /^basic +(\S+)$/i.exec(header ?? '')?.[1] ?? ''
  const given = digest(Buffer.from(basic, 'base64').toString('utf8'))
  return known.find(({ principal, secret }) =>
    timingSafeEqual(given, digest(`${principal}:${secret}`))
  )?.principal
}

/** The header by which the principal proves itself. */
export function basicHeader({ principal, secret }: Credential): string {
  return `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}`
}
