import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { freePort } from '../../bench/free-ports.ts'
import type { Table } from '../../src/gateway/model/table.ts'
import type { Desired } from '../../src/plugins/haproxy/desired.ts'
import { desiredOf } from '../../src/plugins/haproxy/render/desired-of.ts'
import {
  defaultRenderOptions,
  type RenderOptions
} from '../../src/plugins/haproxy/render/options.ts'
import { renderFiles } from '../../src/plugins/haproxy/render/render-files.ts'

/** Why tests with a real HAProxy can't run; undefined when they can. */
export const noHaproxy: string | undefined =
  spawnSync('haproxy', ['-v']).error === undefined ? undefined : 'haproxy is not installed'

/** Writes the rendered files to a folder of the test's own, and gives its path. */
export function writeRendered(t: TestContext, desired: Desired): string {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const { name, content } of renderFiles(desired, folder)) {
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** Of 3.4: says more of how busy the machine is than of the files. */
const SLOW_HASH = /hash algorithm used for this password takes \d+ milliseconds to verify/

/** Fails with HAProxy's own words unless it takes the files without a warning. */
export function checkRendered(t: TestContext, desired: Desired): void {
  const folder = writeRendered(t, desired)
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')], {
    encoding: 'utf8'
  })
  const complaints = stderr
    .split('\n')
    .filter((line) => /WARNING|ALERT/.test(line) && !SLOW_HASH.test(line))
  assert.deepEqual({ status, complaints }, { status: 0, complaints: [] })
}

export interface RunningHaproxy {
  readonly port: number
  readonly folder: string
  /** Sends these bytes on a connection of their own and gives all that comes back. */
  send(raw: string): Promise<string>
}

/** Of the one listener, and everything else. */
interface StartOptions extends Partial<RenderOptions> {
  readonly host?: string
  readonly appIdHeader?: boolean
}

/** A real HAProxy with the rendering of a table, until the test ends. */
export async function startRendered(
  t: TestContext,
  table: Table,
  { host = '127.0.0.1', appIdHeader = false, ...options }: StartOptions = {}
): Promise<RunningHaproxy> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const binds = [{ host, port, appIdHeader }]
    const { desired } = desiredOf(table, { ...defaultRenderOptions, binds, ...options })
    const folder = writeRendered(t, desired)
    const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    t.after(() => end(child))
    if (await listens(child, port)) return { port, folder, send: (raw) => exchange(port, raw) }
    // Somebody else was quicker to take the port.
    if (attempt === 5 || !said.includes('cannot bind'))
      assert.fail(`haproxy did not start: ${said}`)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** True as soon as the port takes connections, false when the process ends before. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (opened) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** Bytes as Latin-1. The other side ends the exchange: the request says `Connection: close`. */
export function exchange(port: number, raw: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.setEncoding('latin1').setTimeout(15_000, () => socket.destroy(new Error('no answer')))
    socket.on('data', (text: string) => {
      answer += text
    })
    socket.on('error', reject)
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(answer))
    socket.write(raw, 'latin1')
  })
}

/** Version of the installed HAProxy, such as `2.6.12`. */
export function haproxyVersion(): string {
  return /version ([0-9.]+)/.exec(execFileSync('haproxy', ['-v'], { encoding: 'utf8' }))?.[1] ?? ''
}

/** Whether the installed HAProxy is older than this version: `2.8`. */
export function haproxyIsBefore(version: string): boolean {
  const [major = 0, minor = 0] = haproxyVersion().split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number)
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor)
}
