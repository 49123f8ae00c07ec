import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, until } from './ask.ts'
import type { Cluster } from './cluster.ts'
import { deploymentEnds, healthyTasks, helloFrom, START_MS } from './sample-app.ts'

/** Gateways that Marathon runs, one per agent, as the README starts them from the laptop. */
export async function tellOfGateways(cluster: Cluster): Promise<void> {
  const { report } = cluster
  await report.step('gateway.json: the gateway on the agents', 'stand-in', () => start(cluster))
  await report.step('the gateways on the agents are replaced one by one', 'stand-in', () =>
    replace(cluster)
  )
}

/** With one agent there is no copy left while it is replaced. */
async function definition({ lab, slaves }: Cluster): Promise<string> {
  const text = await readFile(join(lab.repository, 'provisioning/marathon/gateway.json'), 'utf8')
  const app = JSON.parse(text) as { upgradeStrategy: object }
  const alone = { ...app.upgradeStrategy, minimumHealthCapacity: 0 }
  const upgradeStrategy = slaves.length === 1 ? alone : app.upgradeStrategy
  return JSON.stringify({ ...app, instances: slaves.length, upgradeStrategy })
}

async function start(cluster: Cluster): Promise<string> {
  const { status, body } = await cluster.marathon('/v2/apps', {
    method: 'POST',
    headers: ['Content-Type: application/json'],
    body: await definition(cluster)
  })
  expect(status === 201, `Marathon answered ${status}: ${body}`)
  return everyAgentAnswers(cluster, [])
}

async function replace(cluster: Cluster): Promise<string> {
  const old = (await healthyTasks(cluster, 'marathon-gateway')).map(({ id }) => id)
  const restart = '/v2/apps//marathon-gateway/restart'
  const { status, body } = await cluster.marathon(restart, { method: 'POST' })
  expect(status === 200, `Marathon answered ${status}: ${body}`)
  return everyAgentAnswers(cluster, old)
}

/** @param old ids of tasks that must be gone */
async function everyAgentAnswers(cluster: Cluster, old: readonly string[]): Promise<string> {
  const { lab, slaves } = cluster
  await until(
    'a healthy gateway on every agent',
    async () => {
      const tasks = await healthyTasks(cluster, 'marathon-gateway')
      const fresh = tasks.filter(({ id }) => !old.includes(id))
      return fresh.length === slaves.length && tasks.length === fresh.length ? true : undefined
    },
    START_MS
  )
  await deploymentEnds(cluster)
  const lines: string[] = []
  for (const { name, address } of slaves) {
    const answer = await until(`${name} answers`, () => helloFrom(lab.laptop, `http://${address}/`))
    lines.push(`${answer} answers at ${name}:80`)
  }
  return lines.join('\n')
}
