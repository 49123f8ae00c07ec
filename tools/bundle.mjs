/**
 * Builds the programs: what a run needs in a few files instead of a thousand, since most of the time
 * until the front door served went into finding and opening them. Types come from tsc. The licences of
 * what is bundled are written beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname ?? '.', '..')

/** The faces of the package, and what is started by its name as a process or a thread. */
const ENTRY = /^(index|testing|cli\/main|plugins\/[^/]+\/index|.*-worker)\.ts$/
/** What bench/large-cluster looks into while it runs. */
const WATCHED = /^gateway\/(state\/(cluster-state|table-store)|model\/(resolve|table))\.ts$/
const PACKAGE = /^node_modules\/(?:.*node_modules\/)?(?:@[^/]+\/)?[^/]+/
const LICENCE = /^licen[cs]e/i

/**
 * We ask Marathon with undici's dispatchers. Its fetch, WebSocket and mocks are left out: they would all be
 * evaluated at each start and make Node load its own copy of them, together a quarter of that time.
 */
const UNUSED_OF_UNDICI = /^\.\/lib\/(?:web|mock)\//
const withoutUnused = {
  name: 'without-unused',
  setup(bundle) {
    bundle.onResolve({ filter: UNUSED_OF_UNDICI }, ({ path, importer }) =>
      importer.endsWith('node_modules/undici/index.js') ? { path, namespace: 'unused' } : undefined
    )
    // The only one that undici makes something of at once.
    const contents = 'exports.CacheStorage = class {}'
    bundle.onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents }))
  }
}

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: sources
    .filter((name) => ENTRY.test(name) || WATCHED.test(name))
    .map((name) => `src/${name}`),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  sourcesContent: false,
  // Packages that are CommonJS ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);"
  },
  plugins: [withoutUnused],
  metafile: true,
  logLevel: 'warning'
})
const bundled = Object.keys(metafile.inputs).flatMap((path) => PACKAGE.exec(path) ?? [])
const licences = [...new Set(bundled)].sort().map(licenceOf)
writeFileSync(join(root, 'dist/THIRD-PARTY-LICENSES'), `${licences.join('\n\n\n')}\n`)

/** @throws Error when a package does not say what its licence is */
function licenceOf(folder) {
  const at = join(root, folder)
  const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8'))
  if (license === undefined) throw new Error(`${name} ${version} names no licence`)
  const texts = readdirSync(at)
    .filter((file) => LICENCE.test(file))
    .map((file) => readFileSync(join(at, file), 'utf8').trim())
  return [`${name} ${version}: ${license}`, ...texts].join('\n\n')
}
