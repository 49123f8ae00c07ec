import type { Lab } from './lab.ts'
import { expectListeners, tryPorts } from './promises/ports.ts'
import { tryDoors, tryMembership } from './promises/refusals.ts'
import { expectClosedFiles, expectIgnoredByGit, expectSilence } from './promises/secrets.ts'
import { tryFromTask, tryPulls } from './promises/tasks.ts'
import { expectBareArguments, expectHardUnits, expectRulesSideBySide } from './promises/units.ts'
import type { Report } from './report.ts'
import { until } from './story/ask.ts'
import { clusterOf, type Size } from './story/cluster.ts'

/** What the cluster promises about its security, tried on the cluster that the story has built. */
export async function promises(lab: Lab, report: Report, size: Size): Promise<void> {
  const cluster = await clusterOf(lab, report, size)
  await report.check('only what is promised listens', 'real', () =>
    // What the story has just restarted may need a moment.
    until('every daemon listens', () => expectListeners(cluster), 30_000)
  )
  await report.check('ports are open and closed to whom they should be', 'real', () =>
    tryPorts(cluster)
  )
  await report.check('a task reaches no inner port', 'real', () => tryFromTask(cluster))
  await report.check('images are given to those who log in', 'real', () => tryPulls(cluster))
  await report.check('doors ask for credentials', 'real', () => tryDoors(cluster))
  await report.check('Mesos and ZooKeeper know their members', 'stand-in', () =>
    tryMembership(cluster)
  )
  await report.check('files with secrets are closed to others', 'real', () =>
    expectClosedFiles(cluster)
  )
  await report.check('no secret is told', 'real', () => expectSilence(cluster))
  await report.check('git ignores secrets', 'static', () => expectIgnoredByGit())
  await report.check('units are hardened', 'real', () => expectHardUnits(cluster))
  await report.check('Docker’s rules and the cluster’s stand side by side', 'real', () =>
    expectRulesSideBySide(cluster)
  )
  await report.check('Mesos starts with flags that name files', 'stand-in', () =>
    expectBareArguments(cluster)
  )
}
