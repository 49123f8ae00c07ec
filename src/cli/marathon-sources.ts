import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import { Value } from 'typebox/value'
import { ConfigError } from '../gateway/config/config-error.ts'
import { durationMs } from '../gateway/config/duration.ts'
import type { Config } from '../gateway/config/load-config.ts'
import type { Credentials } from '../gateway/marathon/authorizer.ts'
import {
  createMarathonSource,
  type SourceTools
} from '../gateway/marathon/create-marathon-source.ts'
import type { Source } from '../gateway/source.ts'
import { programVersion } from './package-facts.ts'

const NAME = 'marathon'

/** As DC/OS writes it when a service account is made. */
const serviceAccount = Type.Object({
  uid: Type.String({ minLength: 1, maxLength: 1000 }),
  private_key: Type.String({ minLength: 1, maxLength: 100_000 }),
  login_endpoint: Type.String({ pattern: '^https?://', maxLength: 2000 })
})

/**
 * The Marathon cluster of a configuration as a source; none without addresses. Opens nothing yet,
 * but reads the files with credentials and certificates.
 * @throws ConfigError when one of them can't be used
 */
export async function marathonSources(
  config: Config,
  tools: Pick<SourceTools, 'log'>
): Promise<readonly Source[]> {
  const { marathon } = config.core
  if (marathon.urls.length === 0) return []
  const settings = {
    name: NAME,
    urls: marathon.urls,
    events: modeOf(config) !== 'interval',
    credentials: await credentialsOf(config),
    ca: await textOf(config, ['marathon', 'caFile'], marathon.caFile),
    insecureSkipVerify: marathon.insecureSkipVerify,
    version: programVersion(),
    connectTimeoutMs: durationMs(marathon.connectTimeout),
    requestTimeoutMs: durationMs(marathon.requestTimeout),
    lossGuard: marathon.lossGuard,
    silenceMs: durationMs(marathon.silenceTimeout),
    maxAnswerBytes: marathon.maxAnswerBytes
  }
  return [createMarathonSource(settings, { ...tools, now: Date.now, random: Math.random })]
}

/** `refresh.mode`: whether events are followed is the source's part of it. */
function modeOf({ sections }: Config): unknown {
  return Reflect.get(Object(sections['refresh']), 'mode')
}

/** @throws ConfigError when more than one way is named, or a file can't be used */
export async function credentialsOf(config: Config): Promise<Credentials | undefined> {
  const { auth } = config.core.marathon
  const path = ['marathon', 'auth']
  const ways = [auth.user, auth.token || auth.tokenFile, auth.serviceAccountFile]
  if (ways.filter((way) => way !== '').length > 1) {
    const reason = 'name one way: a user, a token, or a service account'
    throw new ConfigError([`${config.placeOf(path)}: marathon.auth: ${reason}`])
  }
  if (auth.user !== '') {
    const fromFile = await textOf(config, [...path, 'passwordFile'], auth.passwordFile)
    return { kind: 'basic', user: auth.user, password: fromFile ?? auth.password }
  }
  const token = (await textOf(config, [...path, 'tokenFile'], auth.tokenFile)) ?? auth.token
  if (token !== '') return { kind: 'token', token }
  return serviceAccountOf(config, [...path, 'serviceAccountFile'], auth.serviceAccountFile)
}

async function serviceAccountOf(
  config: Config,
  path: readonly string[],
  file: string
): Promise<Credentials | undefined> {
  const text = await textOf(config, path, file)
  if (text === undefined) return undefined
  const value = parseJson(text)
  if (!Value.Check(serviceAccount, value)) {
    const expected = 'JSON with uid, private_key and login_endpoint'
    throw new ConfigError([
      `${config.placeOf(path)}: ${path.join('.')}: ${file}: must be ${expected}`
    ])
  }
  const { uid, private_key: privateKey, login_endpoint: loginEndpoint } = value
  return { kind: 'service-account', uid, privateKey, loginEndpoint }
}

/** Content of the file that an option names, without the line break at its end. */
async function textOf(
  config: Config,
  path: readonly string[],
  file: string
): Promise<string | undefined> {
  if (file === '') return undefined
  try {
    const text = await readFile(file, 'utf8')
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    const { code = 'unknown reason' } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'no such file' : `can't be read (${code})`
    const line = `${config.placeOf(path)}: ${path.join('.')}: ${file}: ${reason}`
    throw new ConfigError([line], { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
