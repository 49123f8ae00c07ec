import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { architectureFaults, sourceFiles } from './support/architecture.ts'

const root = join(import.meta.dirname, '..')

test('architecture: every import points down and every file keeps to the rules', () => {
  assert.deepEqual(architectureFaults(root), [])
})

test('architecture: importing any file of src opens nothing and says nothing', async () => {
  const files = sourceFiles(root).filter(
    (name) => name.startsWith('src/') && name !== 'src/cli/main.ts'
  )
  assert.ok(files.length > 0)
  const urls = files.map((name) => pathToFileURL(join(root, name)).href)
  const script = `
    for (const url of ${JSON.stringify(urls)}) await import(url)
    const open = process.getActiveResourcesInfo().filter((name) => /Server|Timeout|Socket|FSEvent/.test(name))
    if (open.length > 0) throw new Error('left open: ' + open.join(' '))`
  // A process that something keeps alive is ended by the limit, which fails the test.
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: root, timeout: 240_000 }
  )
  assert.equal(stdout + stderr, '')
})

describe('architecture: a planted violation is found', () => {
  const planted = [
    ['src/gateway/model/a.ts', "import { b } from '../state/b.ts'"],
    ['src/gateway/model/a.ts', "import { readFile } from 'node:fs/promises'"],
    ['src/gateway/model/a.ts', "import type { FastifyInstance } from 'fastify'"],
    ['src/gateway/model/a.ts', "export type B = import('../source.ts').B"],
    ['src/gateway/marathon/a.ts', "import { b } from '../http/b.ts'"],
    ['src/gateway/state/a.ts', "import type { B } from '../marathon/b.ts'"],
    ['src/gateway/create-a.ts', "import { b } from '../plugins/proxy/index.ts'"],
    ['src/gateway/create-a.ts', "export { b } from '../cli/b.ts'"],
    ['src/plugins/proxy/a.ts', "import { b } from '../admin/index.ts'"],
    ['src/plugins/proxy/a.ts', "import { b } from '../../gateway/create-gateway.ts'"],
    ['src/plugins/proxy/a.ts', "import {\n  b\n} from '../../gateway/config/load-config.ts'"],
    ['src/plugins/proxy/a.ts', "const b = await import('../../gateway/marathon/b.ts')"],
    ['src/local-marathon/a.ts', "import { b } from '../gateway/model/b.ts'"],
    ['sample-app/a.mjs', "import '../src/index.ts'"],
    ['sample-app/a.mjs', "import fastify from 'fastify'"],
    ['sample-app/a.mjs', "import fs from 'fs'"],
    ['bench/a.ts', "import { b } from '../src/gateway/create-gateway.ts'"],
    ['examples/plugins/a.ts', "import { b } from '../../src/gateway/plugin.ts'"],
    ['src/elsewhere/a.ts', "import { b } from '../gateway/plugin.ts'"],
    ['src/plugins/proxy/a.ts', 'export const port = () => process.env["PORT"]'],
    ['src/plugins/proxy/a.ts', '\n'.repeat(251)]
  ] as const

  for (const [file, text] of planted) {
    test(`${file}: ${text.trim() === '' ? '251 lines' : text.replaceAll('\n', ' ')}`, async (t) => {
      const faults = await faultsOf(t, file, text)
      assert.equal(faults.length, 1, faults.join('\n'))
      assert.match(faults[0] ?? '', new RegExp(`^${file}: `))
    })
  }

  const allowed = [
    ['src/gateway/model/a.ts', "import { isIP } from 'node:net'"],
    ['src/plugins/proxy/a.ts', "import { durationMs } from '../../gateway/config/duration.ts'"],
    ['src/cli/run.ts', "import { b } from '../plugins/proxy/index.ts'"],
    ['bench/a.ts', "import { createGateway } from '../src/index.ts'"]
  ] as const

  for (const [file, text] of allowed) {
    test(`but not in ${file}: ${text}`, async (t) => {
      assert.deepEqual(await faultsOf(t, file, text), [])
    })
  }
})

/** What the checker says of a tree with nothing but this file. */
async function faultsOf(
  t: { after(undo: () => Promise<void>): void },
  file: string,
  text: string
): Promise<string[]> {
  const tree = await mkdtemp(join(tmpdir(), 'architecture-'))
  t.after(() => rm(tree, { recursive: true }))
  for (const folder of ['bench', 'examples', 'sample-app', 'src', dirname(file)]) {
    await mkdir(join(tree, folder), { recursive: true })
  }
  await writeFile(join(tree, file), text)
  return architectureFaults(tree)
}
