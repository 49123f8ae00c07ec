import type { Machine } from '../lab.ts'
import { ask, expect, must, shell, until } from './ask.ts'
import type { Cluster } from './cluster.ts'
import { healthyTasks, helloFrom, tasksOf } from './sample-app.ts'
import { expectNoFailure, underLoad } from './under-load.ts'

/** Three masters lose one leader after the other; the first master, with the registry, stays. */
export async function tellOfMasters(cluster: Cluster): Promise<void> {
  const { report } = cluster
  await report.step('the ZooKeeper leader is stopped and the cluster goes on', 'stand-in', () =>
    stopZookeeperLeader(cluster)
  )
  await report.step('the Mesos leader is stopped and the tasks go on', 'stand-in', () =>
    stopMesosLeader(cluster)
  )
  await report.step('the Marathon leader is stopped and another knows the apps', 'stand-in', () =>
    stopMarathonLeader(cluster)
  )
  await report.step('every master is back, and its front door answers', 'stand-in', () =>
    everyMaster(cluster)
  )
}

/** `leader`, `follower`, or what else a server says of itself. */
async function zookeeperMode(machine: Machine): Promise<string> {
  const { stdout } = await machine.run(
    shell(`exec 3<>/dev/tcp/${machine.address}/2181 && echo srvr >&3 && timeout 3 cat <&3`)
  )
  return /^Mode: (\w+)$/m.exec(stdout)?.[1] ?? 'silent'
}

async function zookeeperLeader({ masters }: Cluster): Promise<Machine> {
  return until('a ZooKeeper server leads', async () => {
    const modes = await Promise.all(masters.map((machine) => zookeeperMode(machine)))
    return masters[modes.indexOf('leader')]
  })
}

/** Stops a unit while apps are scaled under load, then starts it again. */
async function without(
  cluster: Cluster,
  machine: Machine,
  unit: string,
  act: () => Promise<void>
): Promise<string> {
  const finding = await underLoad(cluster, `http://${cluster.master.address}/`, async () => {
    await must(machine, ['systemctl', 'stop', unit])
    await act()
  })
  await must(machine, ['systemctl', 'start', unit])
  return expectNoFailure(finding)
}

/** A Marathon that answers. */
async function leadingMarathon(cluster: Cluster, not?: Machine): Promise<Machine> {
  return until('a Marathon leads', async () => {
    for (const at of cluster.masters.filter((machine) => machine !== not)) {
      const { status, body } = await cluster.marathon('/v2/leader', { at })
      if (status !== 200) continue
      const { leader } = JSON.parse(body) as { leader: string }
      const machine = cluster.masters.find(({ address }) => leader === `${address}:8080`)
      if (machine !== undefined && machine !== not) return machine
    }
    return undefined
  })
}

/** Scales by one and back, which takes Marathon, Mesos and ZooKeeper together. */
async function scaleOnce(cluster: Cluster, not?: Machine): Promise<void> {
  for (const instances of [3, 2]) {
    await until(`Marathon takes instances=${instances}`, async () => {
      const at = await leadingMarathon(cluster, not)
      const { status } = await ask(
        cluster.lab.laptop,
        `http://${at.address}:8080/v2/apps//myapp?force=true`,
        {
          user: `admin:${await cluster.secret('marathon-http')}`,
          method: 'PATCH',
          headers: ['Content-Type: application/json'],
          body: JSON.stringify({ instances })
        }
      )
      return status === 200 ? true : undefined
    })
    await until(`${instances} healthy tasks`, async () =>
      tasksOf(cluster, instances, await leadingMarathon(cluster, not))
    )
  }
}

async function stopZookeeperLeader(cluster: Cluster): Promise<string> {
  const leader = await zookeeperLeader(cluster)
  const load = await without(cluster, leader, 'zookeeper', async () => {
    const next = await zookeeperLeader({
      ...cluster,
      masters: cluster.masters.filter((machine) => machine !== leader)
    })
    expect(next !== leader, `${leader.name} still leads`)
    await scaleOnce(cluster)
  })
  return `${leader.name} was stopped; ${load}`
}

async function stopMesosLeader(cluster: Cluster): Promise<string> {
  const leader = await mesosLeader(cluster)
  const before = (await healthyTasks(cluster, 'myapp')).map(({ id }) => id).sort()
  const load = await without(cluster, leader, 'mesos-master', async () => {
    await until('another Mesos master leads', async () => {
      const now = await mesosLeader({
        ...cluster,
        masters: cluster.masters.filter((machine) => machine !== leader)
      })
      return now === leader ? undefined : now
    })
    const at = await leadingMarathon(cluster)
    const after = (await healthyTasks(cluster, 'myapp', at)).map(({ id }) => id).sort()
    expect(after.join() === before.join(), `${before.join()} became ${after.join()}`)
    await scaleOnce(cluster)
  })
  return `${leader.name} was stopped; ${load}`
}

async function mesosLeader({ masters, lab }: Cluster): Promise<Machine> {
  return until('a Mesos master leads', async () => {
    for (const { address } of masters) {
      const { stdout } = await lab.laptop.run(
        shell(`curl -s -m 5 -o /dev/null -w '%{redirect_url}' http://${address}:5050/redirect`)
      )
      const found = masters.find((machine) => stdout.includes(`//${machine.address}:`))
      if (found !== undefined) return found
    }
    return undefined
  })
}

async function stopMarathonLeader(cluster: Cluster): Promise<string> {
  const leader = await leadingMarathon(cluster)
  const before = (await healthyTasks(cluster, 'myapp', leader)).map(({ id }) => id).sort()
  let next = leader
  const load = await without(cluster, leader, 'marathon', async () => {
    next = await leadingMarathon(cluster, leader)
    const tasks = await until('the same tasks', () => tasksOf(cluster, before.length, next))
    const after = tasks.map(({ id }) => id).sort()
    expect(after.join() === before.join(), `${before.join()} became ${after.join()}`)
    await scaleOnce(cluster, leader)
  })
  return `${leader.name} was stopped, ${next.name} leads; ${load}`
}

async function everyMaster(cluster: Cluster): Promise<string> {
  const { masters, lab } = cluster
  const lines: string[] = []
  for (const master of masters) {
    const { address, name } = master
    await until(`${name} is back`, async () => {
      const marathon = await cluster.marathon('/v2/info', { at: master })
      const mesos = await ask(lab.laptop, `http://${address}:5050/health`)
      const zookeeper = await zookeeperMode(master)
      return marathon.status === 200 && mesos.status === 200 && zookeeper !== 'silent'
        ? true
        : undefined
    })
    const answer = await until(`${name} answers`, () => helloFrom(lab.laptop, `http://${address}/`))
    lines.push(`${name}: ${answer}`)
  }
  return lines.join('\n')
}
