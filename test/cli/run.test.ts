import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { test } from 'node:test'
import { freePorts } from '../../bench/free-ports.ts'
import { startProgram } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** A gateway in front of nothing but a file, on ports of its own. */
async function runArgs(extra: readonly string[] = []): Promise<readonly string[]> {
  const [port, adminPort] = await freePorts(2)
  const ports = ['--port', `${port}`, '--admin-port', `${adminPort}`, '--proxy-host', '127.0.0.1']
  return ['run', '--file-path', 'routes.yaml', '--shutdown-delay', '0', ...ports, ...extra]
}

test('run: routes of a file are served, and SIGTERM ends it with exit code 0', async (t) => {
  const task = createServer((_request, response) => response.end('from the task'))
  task.listen(0, '127.0.0.1')
  await once(task, 'listening')
  t.after(() => task.close())
  const { port } = task.address() as { port: number }
  const cwd = await tempFolder(t, {
    'routes.yaml': `services: { one: { endpoints: ["127.0.0.1:${port}"] } }\nroutes: [{ hosts: [a.test], service: one }]\n`
  })
  const args = await runArgs()
  const program = startProgram(t, args, { cwd })
  await program.said(/front door/)
  await program.said(/admin side/)
  const door = `http://127.0.0.1:${args[args.indexOf('--port') + 1]}/`
  let text = ''
  while (text !== 'from the task') text = await ask(door, 'a.test')
  program.process.kill('SIGTERM')
  const { code, err } = await program.ended
  assert.deepEqual({ code, err }, { code: 0, err: '' })
})

test('run: a taken port is one line that names port and option; exit code 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as { port: number }
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  for (const [flag, option] of [
    ['--port', 'proxy.port'],
    ['--admin-port', 'admin.port']
  ] as const) {
    const program = startProgram(t, await runArgs([flag, `${port}`]), { cwd })
    const { code, err } = await program.ended
    assert.equal(err, `port ${port} is taken: choose another with ${flag} (${option})\n`)
    assert.equal(code, 1)
  }
})

test('run: an address of another machine is one line', async (t) => {
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  const program = startProgram(t, await runArgs(['--proxy-host', '192.0.2.1']), { cwd })
  const { code, err } = await program.ended
  assert.deepEqual({ code, err }, { code: 1, err: '192.0.2.1 is no address of this machine\n' })
})

test('run: a plugin that fails to start stops the start with its reason', async (t) => {
  const cwd = await tempFolder(t, {
    'routes.yaml': 'routes: []\n',
    'gateway.yaml': 'plugins: [{ path: bad.mjs }]\n',
    'bad.mjs': `export const plugin = { name: 'bad', options: { type: 'object', properties: {} },
      register() { throw new Error('the moon is not full') } }`
  })
  const program = startProgram(t, await runArgs(['-c', 'gateway.yaml']), { cwd })
  const { code, err } = await program.ended
  assert.match(err, /^[^\n]*the moon is not full\n$/)
  assert.equal(code, 1)
})

test('run: a second signal ends at once with exit code 1', async (t) => {
  const cwd = await tempFolder(t, { 'routes.yaml': 'routes: []\n' })
  const args = await runArgs(['--shutdown-delay', '1h'])
  const program = startProgram(t, args, { cwd })
  await program.said(/admin side/)
  program.process.kill('SIGTERM')
  await program.said(/stopping/)
  // Signals within half a second count as one press of Ctrl-C: go on until it has ended.
  const again = setInterval(() => program.process.kill('SIGTERM'), 100)
  const { code } = await program.ended
  clearInterval(again)
  assert.equal(code, 1)
})

async function ask(url: string, host: string): Promise<string> {
  const [answer] = await once(request(url, { headers: { host } }).end(), 'response')
  return Buffer.concat(await answer.toArray()).toString()
}
