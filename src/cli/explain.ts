import type { Command } from 'commander'
import type { Explanation } from '../gateway/model/explain.ts'
import { renderExplanation } from '../gateway/model/explain-text.ts'
import { askAdmin } from './ask-admin.ts'
import { CommandError, type Context, exitCodes } from './context.ts'
import { addLookOptions, directConfig, type LookOptions } from './look-options.ts'
import { readTableOnce } from './read-table-once.ts'

export const explainExamples = [
  'explain http://myapp.local/',
  'explain --host myapp.local --path /api --method POST --header x-tenant=blue',
  'explain myapp.local/api --json',
  'explain http://myapp.local/ --marathon http://marathon:8080'
]

interface ExplainOptions extends LookOptions {
  readonly host?: string
  readonly path?: string
  readonly method: string
  readonly header: readonly string[]
}

/** A request as it is asked about. */
export interface AskedRequest {
  readonly host: string | undefined
  readonly path: string
}

/** Why a request goes where it goes. */
export function addExplain(program: Command, context: Context): void {
  const command = program
    .command('explain')
    .summary('why a request goes where it goes')
    .description(
      'Tells why a request goes where it goes: how host and path are compared, which routes compete and why each lost, which tasks take part and why others do not, and which label of which app each fact came from. Exit code 1 when no task would get the request.'
    )
    .argument('[url]', 'http://host/path as a client would send it')
    .option('--host <host>', 'Host header, instead of a URL')
    .option('--path <path>', 'path with query, raw (default: "/")')
    .option('--method <name>', 'method of the request', 'GET')
    .option(
      '--header <name=value>',
      'header of the request; may be said several times',
      collect,
      []
    )
  addLookOptions(command).action(async (url: string | undefined, options: ExplainOptions) => {
    const asked = askedRequest(url, options)
    const explanation = await explanationOf(asked, options, context)
    const text = options.json === true ? JSON.stringify(explanation, undefined, 2) : undefined
    context.out(text ?? renderExplanation(explanation))
    if (explanation.error !== undefined) throw new CommandError([])
  })
}

async function explanationOf(
  { host, path }: AskedRequest,
  options: ExplainOptions,
  context: Context
): Promise<Explanation> {
  const { method, header } = options
  const config = await directConfig(options, context)
  if (config === undefined) {
    const query = new URLSearchParams({ ...(host !== undefined && { host }), path, method })
    for (const pair of header) query.append('header', pair)
    return (await askAdmin(options, `/explain?${query}`, context)) as Explanation
  }
  const headers = new Map(header.map(splitHeader))
  return readTableOnce(config, context, (gateway) =>
    gateway.explain({ host, target: path, method, header: (name) => headers.get(name) })
  )
}

/**
 * Host and path of a URL as it was typed: cut, not parsed, since what is sent has to be explained.
 * @throws CommandError (usage) when there is neither URL nor host and path, or both
 */
function askedRequest(
  url: string | undefined,
  { host, path }: { readonly host?: string; readonly path?: string }
): AskedRequest {
  if (url === undefined) {
    if (host === undefined && path === undefined) {
      throw new CommandError(['say what to explain: a URL, or --host and --path'], exitCodes.usage)
    }
    return { host, path: rooted(path ?? '/') }
  }
  if (host !== undefined || path !== undefined) {
    throw new CommandError(['either a URL, or --host and --path, not both'], exitCodes.usage)
  }
  const [, authority = '', rest = ''] = /^(?:https?:\/\/)?([^/?#]*)([^#]*)/i.exec(url) ?? []
  if (authority === '') throw new CommandError([`${url} names no host`], exitCodes.usage)
  return { host: authority, path: rooted(rest) }
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

function collect(pair: string, before: readonly string[]): readonly string[] {
  splitHeader(pair)
  return [...before, pair]
}

function splitHeader(pair: string): readonly [string, string] {
  const at = pair.indexOf('=')
  if (at > 0) return [pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1)]
  throw new CommandError([`--header ${pair}: expected name=value`], exitCodes.usage)
}
