import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from '../lab/process.ts'
import type { Lab, Machine } from '../lab.ts'
import { makeStandIns } from '../stand-ins/make.ts'
import { expect } from './ask.ts'
import type { Cluster } from './cluster.ts'

/** Where the machines find what stands in, below provisioning/. */
const FOLDER = 'provisioning/.stand-ins'

/** Makes the stand-ins and names them in cluster.local.yaml, as somebody with mirrors of his own would. */
export async function prepareStandIns({ lab, report, settings, master }: Cluster): Promise<void> {
  const npmRegistry = (await mustRun(['npm', 'config', 'get', 'registry'])).trim()
  const into = join(lab.repository, FOLDER)
  const made = await makeStandIns({
    folder: join(lab.folder, 'stand-ins'),
    into,
    repository: lab.repository,
    node: settings.node,
    npmRegistry,
    mesos: settings.mesos,
    marathonImage: settings.marathon.image,
    debian: master.root
  })
  const seen = ({ file, sha256 }: { file: string; sha256: string }) => ({
    url: `/marathon-gateway/${FOLDER}/${file.slice(into.length + 1)}`,
    sha256
  })
  const local = {
    mesos: { deb: seen(made.mesosDeb) },
    marathon: { archive: seen(made.marathonArchive) },
    npm: { registry: npmRegistry },
    gateway: { on_agents: true }
  }
  await writeFile(join(lab.repository, 'provisioning/cluster.local.yaml'), JSON.stringify(local))
  report.standIn({
    what: `Mesos, the package ${settings.mesos.package}`,
    by: 'a package of the same name: its wrapper, units and flag files, daemons that check credentials and ACLs, elect a leader over ZooKeeper and run containers in the agents’ own Docker'
  })
  report.standIn({
    what: `Marathon, the image ${settings.marathon.image}`,
    by: 'an image of the same name with this repository’s local-marathon: the same API, elected over ZooKeeper, authenticated at the Mesos master, tasks on the agents'
  })
  report.standIn({
    what: 'VirtualBox and its network',
    by: 'systemd machines in network namespaces with the same addresses, NAT leg and forwarded ports'
  })
}

/** All that provisioning has printed. */
export const printedFile = (lab: Lab) => join(lab.folder, 'provisioned.txt')

interface Provisioned {
  /** 0 nothing changed, 2 changed well. */
  readonly code: number
  readonly printed: string
}

/** Runs provision.sh as Vagrant does. */
async function provision(
  { lab, settings, masters }: Cluster,
  machine: Machine
): Promise<Provisioned> {
  const role = settings.machines[machine.name]?.role ?? 'slave'
  const { code, stdout, stderr } = await machine.run(
    ['/marathon-gateway/provisioning/provision.sh', role, '--exit-codes'],
    { env: { CLUSTER_MASTERS: String(masters.length) }, timeoutMs: 900_000 }
  )
  const printed = `${stdout}\n${stderr}`
  await appendFile(printedFile(lab), printed, { mode: 0o600 })
  const tail = printed.trim().split('\n').slice(-30).join('\n')
  expect(code === 0 || code === 2, `provision.sh ${role} on ${machine.name}: ${code}\n${tail}`)
  return { code, printed: stdout.trim() }
}

/** Everything is installed, then again: the second run has to change nothing. */
export async function provisionAll(cluster: Cluster): Promise<void> {
  const { report, masters, slaves } = cluster
  const machines = [...masters, ...slaves]
  for (const machine of machines) {
    await report.step(`${machine.name} is provisioned`, 'real', async () => {
      const { code, printed } = await provision(cluster, machine)
      expect(code === 2, `a first run changes much, but the exit code was ${code}`)
      return printed.split('\n').at(-1) ?? ''
    })
  }
}

/** @throws Error that names what a second run would still change */
export async function provisionAgain(cluster: Cluster): Promise<void> {
  const { report, masters, slaves } = cluster
  for (const machine of [...masters, ...slaves]) {
    await report.step(`a second run on ${machine.name} changes nothing`, 'real', async () => {
      const { code, printed } = await provision(cluster, machine)
      expect(code === 0, `exit code ${code}:\n${printed}`)
      return 'exit code 0'
    })
  }
}
