/**
 * Runs `npm start` on free ports as a newcomer would: waits for the sample app, sees two addresses
 * take turns, presses Ctrl-C, and makes sure that nothing is left. Exit code 1 with a reason if not.
 */
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const HANG_MS = 180_000
const root = join(import.meta.dirname, '..')

const [port, adminPort, marathonPort] = await freePorts(3)
const ports = { '--port': port, '--admin-port': adminPort, '--marathon-port': marathonPort }
const options = Object.entries(ports).flatMap(([flag, value]) => [flag, String(value)])
console.log(`npm start -- ${options.join(' ')}`)
// A group of its own, so that the signal reaches what a terminal's Ctrl-C would reach.
const demo = spawn('npm', ['start', '--', ...options], {
  cwd: root,
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit']
})
let said = ''
let isStopping = false
let awaited = 'it ends'
demo.stdout.setEncoding('utf8').on('data', (text) => {
  said += text
  process.stdout.write(text)
})
const ended = once(demo, 'exit')
const hang = setTimeout(
  () => fail(`after ${HANG_MS / 1000} s still waiting until ${awaited}`),
  HANG_MS
)

await until('it tells what to try', async () => said.includes('Ctrl-C stops everything'))
const answers = []
for (let count = 0; count < 6; count++) answers.push((await get(port)).body)
const different = new Set(answers)
const isTurn = answers.every((text, at) => at === 0 || text !== answers[at - 1])
if (different.size !== 2 || !isTurn)
  fail(`two addresses in turn were expected: ${answers.join('')}`)
console.log(`six requests, two addresses: ${[...different].map((text) => text.trim()).join(', ')}`)

const tasks = await tasksOf(marathonPort)
isStopping = true
process.kill(-demo.pid, 'SIGINT')
await ended
const listeners = [...Object.values(ports).map((own) => ['127.0.0.1', own]), ...tasks]
for (const [host, own] of listeners) {
  await until(`${host}:${own} is closed`, async () => !(await isOpen(host, own)))
}
await until('all processes are gone', async () => !isGroupAlive(demo.pid))
if (!said.includes('nothing is left running')) fail('it did not say that it has stopped')
clearTimeout(hang)
console.log('Ctrl-C left nothing behind')

async function get(to) {
  const asked = request({ host: '127.0.0.1', port: to, headers: { host: 'myapp.local' } }).end()
  return answerOf(asked)
}

async function tasksOf(to) {
  const asked = request({
    host: '127.0.0.1',
    port: to,
    path: '/v2/tasks',
    headers: { accept: 'application/json' }
  }).end()
  const { body } = await answerOf(asked)
  return JSON.parse(body).tasks.flatMap(({ host, ports: own }) => own.map((one) => [host, one]))
}

async function answerOf(asked) {
  const [answer] = await once(asked, 'response')
  const chunks = await answer.toArray()
  return { status: answer.statusCode, body: Buffer.concat(chunks).toString() }
}

async function until(what, holds) {
  awaited = what
  for (;;) {
    if (await holds().catch(() => false)) return
    if (demo.exitCode !== null && !isStopping) fail(`npm start ended with ${demo.exitCode}`)
    await wait(100)
  }
}

async function isOpen(host, to) {
  const socket = connect(to, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function isGroupAlive(group) {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

/** None that the system gives to who names none: the demo's own connections could have it. */
async function freePorts(count) {
  const first = randomInt(10_000, 30_000)
  const ports = Array.from({ length: count }, (_, at) => first + at)
  const servers = ports.map((port) => createServer().listen(port, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

function fail(reason) {
  console.error(`smoke: ${reason}`)
  if (isGroupAlive(demo.pid)) process.kill(-demo.pid, 'SIGTERM')
  process.exit(1)
}
