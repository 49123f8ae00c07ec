import assert from 'node:assert/strict'
import test from 'node:test'
import { forward } from '../../../../src/gateway/http/upstream/forward.ts'
import type { ForwardHandler } from '../../../../src/gateway/http/upstream/forward-contract.ts'
import { defaultForwardSettings } from '../../../../src/gateway/http/upstream/forward-tools.ts'
import {
  createUpstreamClient,
  defaultUpstreamSettings
} from '../../../../src/gateway/http/upstream/upstream-client.ts'
import { memoryTask } from '../../../../src/testing/memory-source.ts'
import { eventually } from '../../../support/eventually.ts'
import { startScriptedTask } from '../../../support/scripted-task.ts'

const CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
const HINTS = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

const cases: readonly { call: keyof ForwardHandler; answer: string }[] = [
  { call: 'onInformational', answer: HINTS },
  { call: 'onHead', answer: CHUNKS },
  { call: 'onData', answer: CHUNKS },
  { call: 'onEnd', answer: CHUNKS },
  { call: 'onFailure', answer: 'no HTTP at all\r\n\r\n' }
]

for (const { call, answer } of cases) {
  test(`what ${call} throws ends that request alone, is told once, and leaves the books even`, async (t) => {
    const task = await startScriptedTask(answer)
    t.after(() => task.close())
    const client = createUpstreamClient(defaultUpstreamSettings)
    t.after(() => client.destroy())
    const endpoint = { ...memoryTask('one', '127.0.0.1', task.port), id: 'one', port: task.port }
    let open = 0
    const faults: unknown[] = []
    const nothing = (): void => undefined
    const handler: ForwardHandler = {
      pick: (tried) => (tried.length === 0 ? (endpoint as never) : undefined),
      onChosen: nothing,
      onInformational: nothing,
      onHead: nothing,
      onData: () => true,
      onEnd: nothing,
      onUpgrade: nothing,
      onFailure: nothing,
      onDrain: nothing,
      onFault: (error) => void faults.push(error)
    }
    const own = new Error('of our own')
    Object.assign(handler, {
      [call]: () => {
        throw own
      }
    })
    const request = {
      ...{ method: 'POST', target: '/', headers: ['Host', 'a'], body: 'none' as const },
      ...{ upgrade: false, idempotent: false },
      timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000 }
    }
    const keeper = {
      started: () => void open++,
      ended: () => void open--,
      mayRepeat: () => true
    }
    const tools = { client, settings: defaultForwardSettings, now: Date.now, keeper }
    forward(tools, request, handler).end()
    await eventually('the fault', () => faults.length > 0)
    assert.deepEqual(faults, [own])
    assert.equal(open, 0)
    assert.equal(task.requests.length, 1)
  })
}
