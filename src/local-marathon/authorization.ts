import { createHash, randomUUID, timingSafeEqual, verify } from 'node:crypto'
import { ApiError } from './api-error.ts'
import { isObject, type Json } from './definition-shape.ts'
import { json, type Reply } from './reply.ts'

/** The DC/OS login (ACS): one account, known by the public half of its key, a password, or both. */
export interface AcsAccount {
  readonly uid: string
  /** PEM; verifies RS256 tokens of a service account. */
  readonly publicKey?: string
  readonly password?: string
  /** How long a token is good. Default 432000 (5 days). */
  readonly lifetimeSeconds?: number
}

const digest = (value: string) => createHash('sha256').update(value).digest()
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

const refused = () =>
  new ApiError(401, {
    title: 'Unauthorized',
    description: 'The uid, password or service login token is not valid.',
    code: 'ERR_INVALID_CREDENTIALS'
  })

function partOf(jwt: string, index: number): Json {
  try {
    const part: unknown = JSON.parse(
      Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString('utf8')
    )
    return isObject(part) ? part : {}
  } catch {
    return {}
  }
}

function isServiceLogin(jwt: string, account: AcsAccount): boolean {
  const [header, payload, signature] = jwt.split('.')
  if (account.publicKey === undefined || signature === undefined) return false
  if (partOf(jwt, 0)['alg'] !== 'RS256') return false
  const { uid, exp } = partOf(jwt, 1)
  if (uid !== account.uid || !(Number(exp) > Date.now() / 1000)) return false
  const signed = Buffer.from(`${header}.${payload}`)
  return verify('RSA-SHA256', signed, account.publicKey, Buffer.from(signature, 'base64url'))
}

/** Decides who may ask: Basic credentials, DC/OS tokens, either, or everybody. */
export class Authorization {
  readonly #credentials: string | undefined
  readonly #acs: AcsAccount | undefined
  /** Token → end of its life, milliseconds since 1970. */
  readonly #tokens = new Map<string, number>()

  constructor(credentials: string | undefined, acs: AcsAccount | undefined) {
    this.#credentials = credentials
    this.#acs = acs
  }

  /** @param header the value of `Authorization` */
  allows(header: string | undefined): boolean {
    if (this.#credentials === undefined && this.#acs === undefined) return true
    if (header === undefined) return false
    const basic = /^basic +(\S+)$/i.exec(header)?.[1]
    if (basic !== undefined && this.#credentials !== undefined) {
      return same(Buffer.from(basic, 'base64').toString('utf8'), this.#credentials)
    }
    const token = /^token=(\S+)$/.exec(header)?.[1] ?? ''
    return (this.#tokens.get(token) ?? 0) > Date.now()
  }

  /** Every token is void from now on. */
  forgetTokens(): void {
    this.#tokens.clear()
  }

  /**
   * `POST /acs/api/v1/auth/login`
   *
   * @throws ApiError 401, or 404 without an account
   */
  login(body: unknown): Reply {
    if (this.#acs === undefined) throw new ApiError(404, { message: 'URI not found' })
    const { uid, password, token } = isObject(body) ? body : {}
    if (uid !== this.#acs.uid) throw refused()
    const byToken = typeof token === 'string' && isServiceLogin(token, this.#acs)
    const known = this.#acs.password
    const byPassword = typeof password === 'string' && known !== undefined && same(password, known)
    if (!byToken && !byPassword) throw refused()
    const fresh = randomUUID()
    this.#tokens.set(fresh, Date.now() + (this.#acs.lifetimeSeconds ?? 432_000) * 1000)
    return json({ token: fresh }, 200, { 'Set-Cookie': `dcos-acs-auth-cookie=${fresh}; Path=/` })
  }
}
