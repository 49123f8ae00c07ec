import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ask, expect, must, until } from './ask.ts'
import { AUTHORITY, type Cluster } from './cluster.ts'
import { killGateway, rebootSlave, restartMarathon } from './faults.ts'
import {
  addressesAt,
  containerAddresses,
  deploymentEnds,
  doorOf,
  firstAnswer,
  helloFrom,
  START_MS,
  sampleAppScript,
  tasksOf
} from './sample-app.ts'
import { expectNoFailure, underLoad } from './under-load.ts'

/** The README's story, from the image in the registry to the empty front door. */
export async function tellOfTheApp(cluster: Cluster): Promise<void> {
  const { report } = cluster
  await report.step('the sample app’s image is in the registry', 'real', () =>
    imageIsThere(cluster)
  )
  await report.step('Marathon serves, registered with Mesos', 'stand-in', () =>
    marathonServes(cluster)
  )
  await report.step('start_myapp.sh on the master: the front door answers', 'stand-in', () =>
    startAndSee(cluster)
  )
  await report.step('scaled to 4 and back to 2 under constant load', 'stand-in', () =>
    scale(cluster)
  )
  await report.step('the gateway is killed and comes back', 'real', () => killGateway(cluster))
  await report.step('Marathon is restarted: the same tasks go on', 'stand-in', () =>
    restartMarathon(cluster)
  )
  await report.step('a slave is rebooted: its tasks are replaced', 'stand-in', () =>
    rebootSlave(cluster)
  )
}

/** The end of the story: after it the app is gone. */
export async function tellOfTheEnd(cluster: Cluster): Promise<void> {
  const { report, lab } = cluster
  await report.step(
    'destroy_myapp.sh from the laptop: the front door knows it no more',
    'stand-in',
    () => destroy(cluster)
  )
  await report.step('start_myapp.sh from the laptop', 'stand-in', async () => {
    const { code, stdout, stderr } = await sampleAppScript(cluster, lab.laptop, 'start_myapp.sh')
    expect(code === 0, `exit code ${code}: ${stdout}${stderr}`)
    await until('two healthy tasks', () => tasksOf(cluster, 2), START_MS)
    return `${await firstAnswer(cluster, 'http://127.0.0.1:8888/')} at 127.0.0.1:8888`
  })
}

async function imageIsThere({ lab, master, registry, secret }: Cluster): Promise<string> {
  const { status, body } = await ask(master, `https://${registry}/v2/myapp/tags/list`, {
    user: `cluster:${await secret('registry')}`,
    authority: AUTHORITY(registry)
  })
  expect(status === 200 && body.includes('latest'), `the registry answered ${status}: ${body}`)
  const authority = join(lab.folder, 'authority.crt')
  await writeFile(authority, await must(master, ['cat', AUTHORITY(registry)]))
  const { status: fromLaptop } = await ask(lab.laptop, 'https://127.0.0.1:5000/v2/', {
    user: `cluster:${await secret('registry')}`,
    authority
  })
  expect(fromLaptop === 200, `from the laptop the registry answered ${fromLaptop}`)
  return body.trim()
}

async function marathonServes(cluster: Cluster): Promise<string> {
  const { body } = await until('Marathon answers', async () => {
    const answer = await cluster.marathon('/v2/info')
    return answer.status === 200 ? answer : undefined
  })
  const user = `admin:${await cluster.secret('mesos-http')}`
  const agents = await until('every agent is registered', async () => {
    const leader = await mesosState(cluster, user)
    const { slaves = [], frameworks = [] } = leader ?? {}
    const wanted = slaves.length === cluster.slaves.length && frameworks.length > 0
    return wanted ? slaves.map(({ hostname }) => hostname) : undefined
  })
  return `version ${(JSON.parse(body) as { version: string }).version}, agents ${agents.join(', ')}`
}

interface MesosState {
  readonly slaves: readonly { readonly hostname: string }[]
  readonly frameworks: readonly unknown[]
}

/** The state of the master that leads: only it knows agents. */
async function mesosState(
  { lab, masters }: Cluster,
  user: string
): Promise<MesosState | undefined> {
  for (const { address } of masters) {
    const { status, body } = await ask(lab.laptop, `http://${address}:5050/state`, { user })
    const state = status === 200 ? (JSON.parse(body) as MesosState) : undefined
    if (state !== undefined && state.slaves.length > 0) return state
  }
  return undefined
}

async function startAndSee(cluster: Cluster): Promise<string> {
  const { master, lab } = cluster
  const { code, stdout, stderr } = await sampleAppScript(cluster, master, 'start_myapp.sh')
  expect(code === 0, `exit code ${code}: ${stdout}${stderr}`)
  const tasks = await until('two healthy tasks', () => tasksOf(cluster, 2), START_MS)
  const onMaster = await until('an answer on the master', () =>
    helloFrom(master, 'http://127.0.0.1:80/')
  )
  const forwarded = await firstAnswer(cluster, 'http://127.0.0.1:8888/')
  const seen = await addressesAt(lab.laptop, doorOf(cluster), 8)
  const containers = await containerAddresses(cluster)
  expect(
    [...seen, onMaster, forwarded].every((address) => containers.has(address)),
    `${[...seen].join(', ')} answered, but the containers are ${[...containers].join(', ')}`
  )
  expect(seen.size === new Set(containers).size, `${seen.size} addresses, ${tasks.length} tasks`)
  return `${[...seen].join(', ')} answer; through 127.0.0.1:8888 ${forwarded}`
}

async function scale(cluster: Cluster): Promise<string> {
  const { master, lab } = cluster
  const finding = await underLoad(cluster, doorOf(cluster), async () => {
    for (const count of [4, 2]) {
      const { code, stderr } = await sampleAppScript(cluster, master, `scale_myapp.sh ${count}`)
      expect(code === 0, `scale_myapp.sh ${count}: exit code ${code}: ${stderr}`)
      await until(`${count} healthy tasks`, () => tasksOf(cluster, count), START_MS)
      await deploymentEnds(cluster)
      await until('every container answers, and no other', async () => {
        const seen = await addressesAt(lab.laptop, doorOf(cluster), 2 * count)
        const containers = await containerAddresses(cluster)
        return [...seen].sort().join() === [...containers].sort().join() ? true : undefined
      })
    }
  })
  return `${expectNoFailure(finding)}; ${finding.addresses.join(', ')} answered`
}

async function destroy(cluster: Cluster): Promise<string> {
  const { code, stdout, stderr } = await sampleAppScript(
    cluster,
    cluster.lab.laptop,
    'destroy_myapp.sh'
  )
  expect(code === 0, `exit code ${code}: ${stdout}${stderr}`)
  const { body } = await until('404 at the front door', async () => {
    const answer = await ask(cluster.lab.laptop, doorOf(cluster), {
      headers: ['Host: myapp.local']
    })
    return answer.status === 404 ? answer : undefined
  })
  await until('no container is left', async () =>
    (await containerAddresses(cluster)).size === 0 ? true : undefined
  )
  return body.trim()
}
