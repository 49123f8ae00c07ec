import type { Lab } from './lab.ts'
import type { Report } from './report.ts'
import { tellOfTheApp, tellOfTheEnd } from './story/app.ts'
import { prepareStandIns, provisionAgain, provisionAll } from './story/build.ts'
import { clusterOf, type Size } from './story/cluster.ts'
import { tellOfGateways } from './story/gateways.ts'
import { tellOfMasters } from './story/masters.ts'

/**
 * Builds the cluster with the same provision.sh as Vagrant, and tells the story of the README on it. At
 * the end the sample app runs. What fails is in the report; each step builds on those before it.
 */
export async function story(lab: Lab, report: Report, size: Size): Promise<void> {
  const cluster = await report.step('machines boot', 'real', () => clusterOf(lab, report, size))
  await report.step('the stand-ins for Mesos and Marathon are made', 'stand-in', () =>
    prepareStandIns(cluster)
  )
  await provisionAll(cluster)
  await provisionAgain(cluster)
  await tellOfTheApp(cluster)
  if (size.long) await tellOfMasters(cluster)
  await tellOfGateways(cluster)
  await tellOfTheEnd(cluster)
}
