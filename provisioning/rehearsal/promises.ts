import { expectListeners, tryPorts } from './promises/ports.ts'
import { tryDoors, tryMembership } from './promises/refusals.ts'
import { expectClosedFiles, expectIgnoredByGit, expectSilence } from './promises/secrets.ts'
import { expectBareArguments, expectHardUnits, expectRulesSideBySide } from './promises/units.ts'
import type { Cluster } from './story/cluster.ts'

/** What the cluster promises about its security, tried while the sample app runs. */
export async function keepPromises(cluster: Cluster): Promise<void> {
  const { report, lab } = cluster
  await report.check('only what is promised listens', 'real', () => expectListeners(cluster))
  await report.check('ports are open and closed to whom they should be', 'real', () =>
    tryPorts(cluster)
  )
  await report.check('doors ask for credentials', 'real', () => tryDoors(cluster))
  await report.check('Mesos and ZooKeeper know their members', 'stand-in', () =>
    tryMembership(cluster)
  )
  await report.check('files with secrets are closed to others', 'real', () =>
    expectClosedFiles(cluster)
  )
  await report.check('no secret is told', 'real', () => expectSilence(cluster))
  await report.check('git ignores secrets', 'static', () => expectIgnoredByGit(lab.repository))
  await report.check('units are hardened', 'real', () => expectHardUnits(cluster))
  await report.check('Docker’s rules and the cluster’s stand side by side', 'real', () =>
    expectRulesSideBySide(cluster)
  )
  await report.check('Mesos starts with flags that name files', 'stand-in', () =>
    expectBareArguments(cluster)
  )
}
