import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { freePorts } from '../../bench/free-ports.ts'
import { isOutOfMemory } from '../../src/cli/outlast-faults.ts'
import { startProgram } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Fails where nobody can look after it, again and again; `/again` says how often. */
const FAULTY = `
import { EventEmitter } from 'node:events'
import { connect } from 'node:net'
let times = 0
export const plugin = { name: 'faulty', options: { type: 'object', properties: {} }, register(app) {
  let timer
  const begin = () => { timer ??= setInterval(() => {
    times++
    process.nextTick(() => new EventEmitter().emit('error', new Error('an event nobody waits for')))
    Promise.reject(new Error('a promise nobody waits for'))
    connect({ host: '127.0.0.1', port: 1 })
    throw new Error('an error nobody catches')
  }, 5) }
  app.addHook('onClose', async () => clearInterval(timer))
  const host = app.gateway
  // Before that, at the start, such an error still ends the process, with a sentence.
  host.observer(async () => { begin(); throw new Error('of an observer') })
  host.admin('/again', (admin) => {
    admin.get('/', async () => ({ times, ...(await host.readStats()).faults }))
    admin.get('/throws', () => { throw new Error('of an admin route') })
    admin.get('/later', (_request, reply) => {
      setImmediate(() => reply.send({}))
      setImmediate(() => { throw new Error('of an admin route, later') })
    })
  })
} }`

for (const lane of ['full', 'wire']) {
  test(`${lane} lane: a process outlives what its plugins throw, says so, and stops well`, async (t) => {
    const task = createServer((_request, response) => response.end('from the task'))
    task.listen(0, '127.0.0.1')
    await once(task, 'listening')
    t.after(() => task.close())
    const { port: taskPort } = task.address() as { port: number }
    const [port, adminPort] = await freePorts(2)
    const cwd = await tempFolder(t, {
      'gateway.yaml': `plugins: [{ path: faulty.mjs }]
proxy: { host: 127.0.0.1, port: ${port}, lane: ${lane} }
admin: { port: ${adminPort} }
file: { path: routes.yaml }
shutdown: { delay: 0s }
`,
      'faulty.mjs': FAULTY,
      'routes.yaml': `services: { one: { endpoints: ["127.0.0.1:${taskPort}"] } }\nroutes: [{ hosts: [localhost], service: one }]\n`
    })
    const program = startProgram(t, ['run', '-c', 'gateway.yaml'], { cwd })
    await program.said(/admin side/)
    const admin = `http://127.0.0.1:${adminPort}/again`
    while ((await ask(`http://localhost:${port}/`)).status !== 200);
    assert.equal((await ask(`${admin}/throws`)).status, 500)
    assert.equal((await ask(`${admin}/later`)).status, 200)
    let counts = JSON.parse((await ask(admin)).text)
    while (counts.times < 30) {
      assert.equal((await ask(`http://localhost:${port}/`)).text, 'from the task')
      counts = JSON.parse((await ask(admin)).text)
    }
    assert.ok(counts.process > 30 && counts.observer > 0, JSON.stringify(counts))
    program.process.kill('SIGTERM')
    const { code, out, err } = await program.ended
    assert.deepEqual({ code, err }, { code: 0, err: '' })
    const lines = out.split('\n').filter((line) => line.includes('"where":"process"'))
    assert.ok(lines.length > 0 && lines.length <= 41, `${lines.length} lines`)
    for (const line of lines) assert.match(line, /"fault":"[0-9a-f]{8}"/)
    assert.match(out, /an error nobody catches/)
    assert.match(out, /"msg":"stopped"/)
  })
}

test('only a process that gets no memory ends', () => {
  const noBuffer = Object.assign(new Error('x'), { code: 'ERR_MEMORY_ALLOCATION_FAILED' })
  assert.equal(isOutOfMemory(noBuffer), true)
  assert.equal(isOutOfMemory(new RangeError('Array buffer allocation failed')), true)
  assert.equal(isOutOfMemory(new RangeError('Invalid string length')), false)
  assert.equal(isOutOfMemory('Array buffer allocation failed'), false)
})

async function ask(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url)
  return { status: answer.status, text: await answer.text() }
}
