import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * Who may import whom, and the other rules of the house that a program can check. Paths are relative
 * to the root, with forward slashes.
 */

/** What each floor may import besides itself; the longest name that fits a file is its floor. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/gateway/model': [],
  'src/gateway/balance': ['src/gateway/model'],
  'src/gateway/state': ['src/gateway/model', 'src/gateway/source.ts', 'src/gateway/balance'],
  'src/gateway/http': ['src/gateway/model', 'src/gateway/balance', 'src/gateway/worker-thread.ts'],
  'src/gateway/marathon': [
    'src/gateway/model',
    'src/gateway/state',
    'src/gateway/source.ts',
    'src/gateway/worker-thread.ts'
  ],
  'src/gateway/config': ['src/gateway/plugin.ts'],
  'src/gateway': [
    'src/gateway/balance',
    'src/gateway/config',
    'src/gateway/http',
    'src/gateway/marathon',
    'src/gateway/model',
    'src/gateway/state'
  ],
  'src/plugins': [
    'src/gateway/balance',
    'src/gateway/config/check-value.ts',
    'src/gateway/config/config-error.ts',
    'src/gateway/config/config-file.ts',
    'src/gateway/config/duration.ts',
    'src/gateway/http',
    'src/gateway/model',
    'src/gateway/plugin.ts',
    'src/gateway/processes.ts',
    'src/gateway/source.ts',
    'src/gateway/state'
  ],
  'src/local-marathon': [],
  'src/cli': ['src/gateway', 'src/plugins', 'src/local-marathon'],
  // The library: the public faces of all floors.
  'src/index.ts': ['src/gateway', 'src/plugins'],
  'src/testing.ts': ['src/gateway', 'src/plugins', 'src/testing'],
  'src/testing': ['src/gateway', 'src/plugins'],
  'sample-app': [],
  bench: ['src/index.ts', 'src/testing.ts', 'bench/large-cluster'],
  // Measures one part by itself.
  'bench/micro': ['src/gateway', 'src/plugins', 'bench/read-words.ts'],
  // Looks into the built gateway.
  'bench/large-cluster': ['dist/gateway', 'bench/host-facts.ts', 'bench/statistics.ts'],
  examples: ['src/index.ts', 'src/testing.ts']
}

/** What Node offers and the model may use: no I/O in it. */
const PURE_BUILTINS = ['node:crypto', 'node:net', 'node:url']

const PURE_PACKAGES = ['lru-cache']

const SOURCE = /\.(ts|mts|js|mjs)$/
const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*['"]([^'"\n]+)['"]/g
const MAX_LINES = 250

/** The program hands the environment to `gateway/config`; local tasks inherit it. */
const ENV_READERS = ['src/cli/main.ts', 'src/local-marathon/create-local-marathon.ts']

/** One sentence for each place that breaks a rule; none when all is well. */
export function architectureFaults(root: string): string[] {
  return sourceFiles(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...importFaults(file, text), ...textFaults(file, text)]
  })
}

/** Source files under the checked folders, in order. */
export function sourceFiles(root: string): string[] {
  return ['bench', 'examples', 'sample-app', 'src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((name) => SOURCE.test(name) && !name.includes('node_modules/'))
      .sort()
  )
}

function importFaults(file: string, text: string): string[] {
  const targets = [...text.matchAll(IMPORT)].map(([, target = '']) => target)
  return targets.flatMap((target) => {
    const reason = target.startsWith('.')
      ? relativeFault(file, join(dirname(file), target).replaceAll('\\', '/'))
      : packageFault(file, target)
    return reason === undefined ? [] : [`${file}: ${reason}`]
  })
}

function relativeFault(from: string, to: string): string | undefined {
  const [fromFloor, toFloor] = [floorOf(from), floorOf(to)]
  if (fromFloor === toFloor) return undefined
  const allowed = MAY_IMPORT[ruleOf(from)] ?? []
  return allowed.some((name) => covers(name, to)) ? undefined : `must not import ${to}`
}

/** `src/gateway` covers its own files and the floors below; a file covers itself. */
function covers(name: string, file: string): boolean {
  return file === name || file.startsWith(`${name}/`)
}

function packageFault(file: string, target: string): string | undefined {
  const isBuiltin = target.startsWith('node:') || builtinModules.includes(target)
  if (isBuiltin && !target.startsWith('node:')) return `must write node:${target}`
  if (covers('sample-app', file) && !isBuiltin) return `must not import ${target}`
  if (!covers('src/gateway/model', file)) return undefined
  if (isBuiltin ? PURE_BUILTINS.includes(target) : PURE_PACKAGES.includes(target)) return undefined
  return `must not import ${target}: the model is pure`
}

/** Each plugin is a floor of its own: plugins never see each other. */
function floorOf(file: string): string {
  return /^src\/plugins\/[^/]+/.exec(file)?.[0] ?? ruleOf(file)
}

function ruleOf(file: string): string {
  const names = Object.keys(MAY_IMPORT).filter((name) => covers(name, file))
  return names.sort((a, b) => b.length - a.length)[0] ?? 'no floor'
}

function textFaults(file: string, text: string): string[] {
  const faults: string[] = []
  const lines = text.split('\n').length - 1
  if (lines > MAX_LINES) faults.push(`${file}: ${lines} lines, at most ${MAX_LINES}`)
  const readsEnv = /\bprocess\s*\.\s*env\b/.test(text)
  const mayReadEnv = ENV_READERS.includes(file) || !file.startsWith('src/')
  if (readsEnv && !mayReadEnv) faults.push(`${file}: must not read process.env`)
  return faults
}
