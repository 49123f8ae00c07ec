import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/**
 * A socket in front of that of a real HAProxy that behaves as 2.4 and 2.5 do: `add server` and
 * `del server` exist only on connections that said `experimental-mode on`.
 */
export async function startExperimentalFront(
  t: TestContext,
  path: string,
  real: string
): Promise<{ readonly refused: () => number }> {
  let refused = 0
  const sockets = new Set<Socket>()
  const front = createServer((client) => {
    const behind = connect(real)
    for (const socket of [client, behind]) {
      sockets.add(socket)
      // Either side may go first; the other ends with it.
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    const gate = createGate(() => {
      refused += 1
    })
    let question = ''
    let answer = ''
    client.setEncoding('latin1').on('data', (text: string) => {
      const lines = (question + text).split('\n')
      question = lines.pop() ?? ''
      behind.write(lines.map((line) => `${gate.pass(line)}\n`).join(''), 'latin1')
    })
    behind.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    behind.on('close', () => client.end(gate.isOpen() ? answer : withoutLines(answer), 'latin1'))
  })
  front.listen(path)
  await once(front, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    front.close()
  })
  return { refused: () => refused }
}

/** One connection's mode; lines of a payload are data. */
function createGate(onRefused: () => void) {
  let isOpen = false
  let isPayload = false
  return {
    isOpen: () => isOpen,
    pass(line: string): string {
      if (isPayload) {
        isPayload = line !== ''
        return line
      }
      isPayload = line.endsWith(' <<')
      if (line === 'experimental-mode on') isOpen = true
      if (isOpen || !/^(?:add|del) server /.test(line)) return line
      onRefused()
      // Nobody knows it, and says so.
      return 'restricted'
    }
  }
}

function withoutLines(answer: string): string {
  return answer.replace(/^ {2}(?:add|del) server .*\n/gm, '')
}
