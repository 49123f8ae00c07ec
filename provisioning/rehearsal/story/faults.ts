import { expect, must, until } from './ask.ts'
import type { Cluster } from './cluster.ts'
import { doorOf, healthyTasks, helloFrom, START_MS, tasksOf } from './sample-app.ts'
import { expectNoFailure, underLoad } from './under-load.ts'

export async function killGateway(cluster: Cluster): Promise<string> {
  const { master, lab } = cluster
  const pid = async () =>
    (await must(master, ['systemctl', 'show', '-P', 'MainPID', 'marathon-gateway'])).trim()
  const before = await pid()
  const started = Date.now()
  await must(master, ['kill', '-KILL', before])
  await until('another process of the gateway', async () => {
    const now = await pid()
    return now !== '0' && now !== before ? now : undefined
  })
  const address = await until('an answer', () => helloFrom(lab.laptop, doorOf(cluster)), 60_000)
  return `${address} answers again after ${((Date.now() - started) / 1000).toFixed(1)} s`
}

export async function restartMarathon(cluster: Cluster): Promise<string> {
  const before = (await healthyTasks(cluster, 'myapp')).map(({ id }) => id).sort()
  const finding = await underLoad(cluster, doorOf(cluster), async () => {
    for (const master of cluster.masters) await must(master, ['systemctl', 'restart', 'marathon'])
    await until('two healthy tasks', () => tasksOf(cluster, 2))
  })
  const after = (await healthyTasks(cluster, 'myapp')).map(({ id }) => id).sort()
  expect(after.join() === before.join(), `${before.join()} became ${after.join()}`)
  return expectNoFailure(finding)
}

export async function rebootSlave(cluster: Cluster): Promise<string> {
  const [slave] = cluster.slaves
  if (slave === undefined) throw new Error('there is no slave')
  const before = new Set((await healthyTasks(cluster, 'myapp')).map(({ id }) => id))
  const lost = (await healthyTasks(cluster, 'myapp')).filter(({ host }) => host === slave.address)
  const started = Date.now()
  await slave.reboot()
  await until('the firewall after the reboot', async () => {
    const { stdout } = await slave.run(['systemctl', 'is-active', 'cluster-firewall'])
    return stdout.trim() === 'active' ? true : undefined
  })
  const tasks = await until(
    'tasks in the place of those that were lost',
    async () => {
      const now = await tasksOf(cluster, 2)
      return now?.every(({ id }) => !lost.some((task) => task.id === id)) ? now : undefined
    },
    START_MS
  )
  const fresh = tasks.filter(({ id }) => !before.has(id))
  expect(fresh.length === lost.length, `${lost.length} lost, ${fresh.length} new`)
  const address = await until('an answer', () => helloFrom(cluster.lab.laptop, doorOf(cluster)))
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  return `${lost.length} tasks of ${slave.name} replaced, ${address} answers, after ${seconds} s`
}
