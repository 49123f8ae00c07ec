import type { Lab } from './lab.ts'
import { keepPromises } from './promises.ts'
import type { Report } from './report.ts'
import { tellOfTheApp, tellOfTheEnd } from './story/app.ts'
import { prepareStandIns, provisionAgain, provisionAll } from './story/build.ts'
import { createCluster } from './story/cluster.ts'
import { tellOfMasters } from './story/masters.ts'
import { readSettings } from './story/settings.ts'

export interface StoryOptions {
  /** Three masters and two slaves in the place of one and one. */
  readonly long: boolean
}

const SHORT = ['master', 'slave1']
const LONG = ['master', 'master2', 'master3', 'slave1', 'slave2']

/**
 * Builds the cluster with the same provision.sh as Vagrant, and tells the story of the README on it.
 * What fails is in the report; steps that others build on are thrown on.
 */
export async function story(lab: Lab, report: Report, { long }: StoryOptions): Promise<void> {
  const settings = await readSettings(lab.repository)
  const machines = await report.step('machines boot', 'real', () =>
    Promise.all((long ? LONG : SHORT).map((name) => lab.machine(name)))
  )
  const cluster = createCluster(lab, report, settings, machines)
  await report.step('the stand-ins for Mesos and Marathon are made', 'stand-in', () =>
    prepareStandIns(cluster, cluster.master)
  )
  await provisionAll(cluster)
  await provisionAgain(cluster)
  await tellOfTheApp(cluster)
  await keepPromises(cluster)
  if (long) await tellOfMasters(cluster)
  await tellOfTheEnd(cluster)
}
