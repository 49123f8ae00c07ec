import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { runToEnd } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/plugins.md'), 'utf8')
const run = promisify(execFile)

/** Code blocks of the page by the file name in their first line. */
function filesOf(text: string): Record<string, string> {
  const blocks = [...text.matchAll(/^```(ts|js|yaml)\n([\s\S]*?)^```$/gm)]
  return Object.fromEntries(
    blocks.map(([, , code = '']) => {
      const [, name] = /^(?:\/\/|#) ([\w.-]+)\n/.exec(code) ?? []
      assert.ok(name, `a block without a file name: ${code.slice(0, 80)}`)
      return [name, code]
    })
  )
}

const files = filesOf(page)
const modules = Object.keys(files).filter((name) => /(?<!\.test)\.(ts|mjs)$/.test(name))

/** Starts each plugin of the page, all in one gateway. */
const startsAll = `
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { createTestGateway } from 'marathon-gateway/testing'
${modules.map((name, at) => `import * as m${at} from './${name}'`).join('\n')}
test('every plugin of the page starts', async () => {
  const all: any[] = [${modules.map((_, at) => `...Object.values(m${at})`).join(', ')}]
  const gateway = await createTestGateway({
    plugins: all.map((plugin) => ({ plugin, options: {} })),
    apps: [
      { id: '/myapp', labels: { 'gateway.picker': 'first' } },
      { id: '/myapp-beta' },
      { id: '/down', labels: { 'gateway.hooks': 'maintenance', 'gateway.maintenance.until': '18:00' } },
      { id: '/named', labels: { 'gateway.hooks': 'server-name' } }
    ]
  })
  const ask = async (url: string, headers = {}) => gateway.request(url, { headers })
  const seen = [
    (await ask('http://myapp.local/')).json<any>().task,
    (await ask('http://myapp.local/', { 'x-beta': 'yes' })).json<any>().task,
    (await ask('http://down.local/')).text,
    (await ask('http://named.local/')).headers['server'],
    (await ask('http://legacy.test/')).status,
    gateway.host.problems.length,
    gateway.logs.filter(({ msg }) => /^[0-9]+ routes$/.test(msg)).length > 0
  ]
  await gateway.stop()
  writeFileSync('seen.json', JSON.stringify(seen))
})
`

async function project(t: Parameters<typeof tempFolder>[0]): Promise<string> {
  const folder = await tempFolder(t, { ...files, 'package.json': '{"type":"module"}' })
  const paths = {
    'marathon-gateway': [join(root, 'src/index.ts')],
    'marathon-gateway/testing': [join(root, 'src/testing.ts')]
  }
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { paths, declaration: false },
    include: ['*.ts']
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

test('docs/plugins.md: every TypeScript block passes the type checker', async (t) => {
  const folder = await project(t)
  const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
    timeout: 120_000
  }).catch((error) => error)
  assert.equal(stdout, '')
})

test('docs/plugins.md: its test passes, and every plugin starts and does what it says', async (t) => {
  const folder = await project(t)
  await writeFile(join(folder, 'starts-all.test.ts'), startsAll)
  const names = ['request-id.test.ts', 'starts-all.test.ts']
  const { NODE_TEST_CONTEXT: _ours, ...env } = process.env
  const tsx = import.meta.resolve('tsx')
  const { stdout } = await run(
    process.execPath,
    ['--import', tsx, '--test', '--test-reporter=tap', ...names],
    { cwd: folder, timeout: 120_000, env }
  ).catch((error) => error)
  assert.match(stdout, /^# pass 2$/m, stdout)
  assert.deepEqual(JSON.parse(await readFile(join(folder, 'seen.json'), 'utf8')), [
    'myapp.1',
    'myapp-beta.1',
    '{"message":"back at 18:00"}',
    'gateway',
    502,
    0,
    true
  ])
})

test('docs/plugins.md: check accepts its configuration, with the plugin in both languages', async (t) => {
  const folder = await project(t)
  const both = `${files['gateway.yaml']}  - path: server-name.mjs\n`
  await writeFile(join(folder, 'both.yaml'), both)
  for (const name of ['gateway.yaml', 'both.yaml']) {
    const file = join(folder, name)
    const ended = await runToEnd(t, ['check', '--config', file])
    assert.deepEqual(ended, { code: 0, out: `${file}: ok\n`, err: '' })
  }
})

test('docs/plugins.md: a .mjs without imports runs on every Node that is supported', async (t) => {
  const folder = await project(t)
  const script = `import(${JSON.stringify(join(folder, 'server-name.mjs'))}).then((m) => console.log(m.serverName.name))`
  const { stdout } = await run(process.execPath, ['--eval', script])
  assert.equal(stdout, 'server-name\n')
})
