/** Asks the front door without pause until a file appears; prints what came back. */
import { existsSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const [url = '', name = '', stopFile = ''] = process.argv.slice(2)
/** Distance of the questions of one asker. */
const PAUSE_MS = 20
const ASKERS = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: false })]

interface Finding {
  requests: number
  readonly failures: string[]
  readonly addresses: Set<string>
}

function once(agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { host: name }, timeout: 10_000 }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(/^Hello from (\S+)/.exec(body)?.[1] ?? body)
        else reject(new Error(`${answer.statusCode} ${body.trim().slice(0, 200)}`))
      })
    })
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')))
    request.on('error', reject)
  })
}

async function askOn(agent: Agent, finding: Finding): Promise<void> {
  while (!existsSync(stopFile)) {
    finding.requests += 1
    try {
      finding.addresses.add(await once(agent))
    } catch (error) {
      finding.failures.push(`${new Date().toISOString()} ${String(error)}`)
    }
    await sleep(PAUSE_MS)
  }
}

const finding: Finding = { requests: 0, failures: [], addresses: new Set() }
await Promise.all(ASKERS.map((agent) => askOn(agent, finding)))
for (const agent of ASKERS) agent.destroy()
process.stdout.write(JSON.stringify({ ...finding, addresses: [...finding.addresses] }))
