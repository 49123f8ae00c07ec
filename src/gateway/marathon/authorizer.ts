import { sign } from 'node:crypto'

/** Who the gateway is to Marathon. */
export type Credentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  /** A DC/OS token that somebody else renews. */
  | { readonly kind: 'token'; readonly token: string }
  /** A DC/OS service account: `privateKey` is PEM, `loginEndpoint` a URL. */
  | {
      readonly kind: 'service-account'
      readonly uid: string
      readonly privateKey: string
      readonly loginEndpoint: string
    }

export interface Authorizer {
  /**
   * Value of `Authorization`; undefined when there are no credentials.
   * @throws Error in one sentence when the login fails
   */
  header(): Promise<string | undefined>
  /** Marathon answered 401 to this value. @returns whether a new login may help */
  refused(header: string | undefined): boolean
}

/** Posts JSON; gives status and parsed body (undefined when it is no JSON). */
export type PostJson = (
  endpoint: string,
  body: object
) => Promise<{ status: number; body: unknown }>

const LOGIN_TOKEN_SECONDS = 60
const SESSION_SECONDS = 3600
const RENEW_EARLY_MS = 60_000

/** @param now milliseconds since 1970 */
export function createAuthorizer(
  credentials: Credentials | undefined,
  post: PostJson,
  now: () => number
): Authorizer {
  if (credentials?.kind === 'service-account') return serviceAccount(credentials, post, now)
  const value = credentials === undefined ? undefined : fixedHeader(credentials)
  return { header: () => Promise.resolve(value), refused: () => false }
}

function fixedHeader(credentials: Exclude<Credentials, { kind: 'service-account' }>): string {
  if (credentials.kind === 'token') return `token=${credentials.token}`
  const pair = `${credentials.user}:${credentials.password}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

type ServiceAccount = Extract<Credentials, { kind: 'service-account' }>

function serviceAccount(account: ServiceAccount, post: PostJson, now: () => number): Authorizer {
  let session: { header: string; renewAt: number } | undefined
  let login: Promise<string> | undefined

  async function logIn(): Promise<string> {
    const startedAt = now()
    const token = await requestToken(account, post, Math.floor(startedAt / 1000))
    const header = `token=${token}`
    session = { header, renewAt: startedAt + SESSION_SECONDS * 1000 - RENEW_EARLY_MS }
    return header
  }

  return {
    header() {
      if (session !== undefined && now() < session.renewAt) return Promise.resolve(session.header)
      login ??= logIn().finally(() => {
        login = undefined
      })
      return login
    },
    refused(header) {
      if (session?.header === header) session = undefined
      return true
    }
  }
}

async function requestToken(
  account: ServiceAccount,
  post: PostJson,
  nowSeconds: number
): Promise<string> {
  const body = {
    uid: account.uid,
    token: signedToken(account, nowSeconds + LOGIN_TOKEN_SECONDS),
    exp: nowSeconds + SESSION_SECONDS
  }
  const answer = await post(account.loginEndpoint, body)
  const token = (answer.body as { token?: unknown } | null | undefined)?.token
  if (answer.status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) {
    return token
  }
  throw new Error(
    `the login of service account "${account.uid}" was answered with status ${answer.status}, expected 200 and a token`
  )
}

/** A JSON Web Token (RFC 7519) signed with RS256, as the DC/OS login asks for. */
function signedToken(account: ServiceAccount, exp: number): string {
  const head = base64url({ alg: 'RS256', typ: 'JWT' })
  const unsigned = `${head}.${base64url({ uid: account.uid, exp })}`
  try {
    const signature = sign('sha256', Buffer.from(unsigned), account.privateKey)
    return `${unsigned}.${signature.toString('base64url')}`
  } catch {
    throw new Error(
      `the private key of service account "${account.uid}" is not usable, expected RSA in PEM`
    )
  }
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
