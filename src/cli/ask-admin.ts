import { readFile } from 'node:fs/promises'
import { CommandError, type Context } from './context.ts'

/** Where the admin side of a running gateway is, and how to get in. */
export interface AdminAccess {
  readonly admin: string
  readonly tokenFile?: string
}

const TIMEOUT_MS = 10_000
const TOKEN_VARIABLE = 'GATEWAY_ADMIN_TOKEN'

/**
 * Asks the admin side of a running gateway; gives the parsed answer.
 * @throws CommandError when none answers, or it refuses
 */
export async function askAdmin(
  access: AdminAccess,
  path: string,
  context: Context,
  method: 'GET' | 'POST' = 'GET'
): Promise<unknown> {
  const url = new URL(path, baseOf(access.admin))
  const token = await tokenOf(access, context)
  const headers = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const answer = await ask(url, { method, headers })
  const text = await answer.text()
  if (answer.status === 401) {
    throw new CommandError([
      `${url.origin} asks for a token: set ${TOKEN_VARIABLE} or --token-file`
    ])
  }
  const value = parseJson(text)
  if (answer.ok && value !== undefined) return value
  const reason: unknown = Reflect.get(Object(value), 'message')
  const said = typeof reason === 'string' ? reason : `status ${answer.status}, not an admin side`
  throw new CommandError([`${url.origin}: ${said}`])
}

async function ask(url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    const isSlow = cause instanceof Error && cause.name === 'TimeoutError'
    const what = isSlow ? `no answer within ${TIMEOUT_MS / 1000} s from` : 'no gateway answers at'
    const hint =
      'say where its admin side is with --admin URL, or read Marathon with --marathon URL'
    throw new CommandError([`${what} ${url.origin}: ${hint}`], undefined, { cause })
  }
}

function baseOf(admin: string): URL {
  const text = /^https?:\/\//i.test(admin) ? admin : `http://${admin}`
  if (!URL.canParse(text)) {
    throw new CommandError([`--admin: ${admin} is no address such as http://127.0.0.1:9090`])
  }
  return new URL(text)
}

async function tokenOf({ tokenFile }: AdminAccess, { env }: Context): Promise<string | undefined> {
  if (tokenFile === undefined) return env[TOKEN_VARIABLE]
  try {
    return (await readFile(tokenFile, 'utf8')).trim()
  } catch (cause) {
    throw new CommandError([`--token-file: ${tokenFile} can't be read`], undefined, { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
