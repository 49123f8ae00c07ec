import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { readCluster } from './cluster.ts'
import { keepEvidence } from './evidence.ts'
import { interruptionChecks } from './interruption.ts'
import { obstacle } from './lab/obstacle.ts'
import { cacheFolder } from './lab/residence.ts'
import { networkOfHost, tracesOf } from './lab/traces.ts'
import { createLab, type Lab } from './lab.ts'
import { promises } from './promises.ts'
import { createReport, type Report } from './report.ts'
import { attemptLines, reportPage, succeeded } from './report-page.ts'
import { staticChecks } from './static.ts'
import { story } from './story.ts'
import { cleanUpOnSignals, waitForTheEnd } from './until-signal.ts'

interface Options {
  readonly static?: true
  readonly long?: true
  readonly keep?: true
  readonly report?: string
}

const explanation = `
Rehearses the whole of provisioning/ on this host: Debian machines with a systemd of their own, at the
addresses of cluster.yaml, provisioned by the same provision.sh that Vagrant calls, then put through what
the README promises. Mesos and Marathon themselves are stood in for; the report says by what.

Machines need Linux, root, /dev/net/tun and: apt-get install mmdebstrap slirp4netns
Where that is not to be had, the static part runs, and the rest is reported as skipped; with CI=true that
is a failure. Nothing is left behind but a cache: images and packages, in
$XDG_CACHE_HOME/marathon-gateway-rehearsal (default ~/.cache), which may be removed at any time.

Exit codes: 0 all is well, 1 something failed, 2 wrong usage, 130 interrupted.

  npm run rehearse                        one master and one slave
  npm run rehearse -- --long              three masters and two slaves as well, and interrupted rehearsals
  npm run rehearse -- --static            files only: shellcheck, puppet, puppet-lint, vagrant validate
  npm run rehearse -- --report out/r.md   the report also as out/r.md and out/r.json
  npm run rehearse -- --keep              leaves the machines up to look at, until Ctrl-C`

const repository = join(import.meta.dirname, '../..')

async function main(argv: readonly string[]): Promise<number> {
  const options = optionsOf(argv)
  if (typeof options === 'number') return options
  const write = (line: string) => void process.stdout.write(`${line}\n`)
  const report = createReport({ write, now: () => performance.now() })
  await rehearse(report, options)
  const seconds = performance.now() / 1000
  for (const line of attemptLines(report.data.attempts)) write(line)
  for (const { what, by } of report.data.standIns) write(`stood in  ${by}, in the place of ${what}`)
  await writeReport(options.report, report, seconds)
  const well = succeeded(report.data, { skipsFail: process.env['CI'] === 'true' })
  const skipped = report.data.steps.filter(({ outcome }) => outcome === 'skipped').length
  const verdict = well ? 'all is well' : 'FAILED'
  write(
    `${verdict} after ${seconds.toFixed(0)} s${skipped > 0 ? `, ${skipped} steps skipped` : ''}`
  )
  return well ? 0 : 1
}

/** @returns the exit code instead, when there is nothing to do */
function optionsOf(argv: readonly string[]): Options | number {
  const command = new Command('npm run rehearse --')
    .description('Rehearses provisioning the cluster, in real machines on this host.')
    .option('--static', 'only what needs no machine')
    .option('--long', 'also the long form: three masters, two slaves, interruptions')
    .option('--keep', 'leave the machines up until Ctrl-C')
    .option('--report <file>', 'write the report: Markdown, and JSON beside it')
    .addHelpText('after', explanation)
    .exitOverride()
  try {
    return command.parse(argv, { from: 'user' }).opts<Options>()
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
}

async function rehearse(report: Report, options: Options): Promise<void> {
  const reason = await obstacle()
  const before = await networkOfHost()
  const cache = cacheFolder(process.env)
  const cluster = await readCluster(join(repository, 'provisioning/cluster.yaml'))
  let opened: Promise<Lab> | undefined
  const lab = () => {
    const { machines } = cluster
    opened ??= createLab({ machines, repository, cache, log: report.note })
    return opened
  }
  const interrupted = cleanUpOnSignals(async (signal) => {
    report.note(`${signal}: cleaning up`)
    await (await opened)?.close()
  })
  const workshop = reason === undefined ? async () => (await lab()).workshop() : undefined
  await staticChecks(report, { repository, workshop })
  if (options.static && opened === undefined) return
  if (reason !== undefined) return report.skip('machines', 'real', reason)

  const { folder } = await lab()
  try {
    if (!options.static) await playStory(report, await lab(), options)
    if (options.keep) await keepUp(report, options, folder)
  } finally {
    if (interrupted.aborted) await waitForTheEnd()
    await (await lab()).close()
    await report.check('nothing is left behind', 'real', async () => {
      const left = await tracesOf(cache, basename(folder).replace('lab-', ''))
      if ((await networkOfHost()) !== before) left.push("a change of the host's network")
      if (left.length > 0) throw new Error(left.join('\n'))
    })
  }
  if (options.long) await interruptionChecks(report, cache)
}

/** The steps record their own failures: one of them only ends the story here. */
async function playStory(report: Report, lab: Lab, options: Options): Promise<void> {
  const long = options.long === true
  try {
    await story(lab, report, { long })
    await promises(lab, report, { long })
  } catch (error) {
    await report.check('the story to its end', 'real', () => Promise.reject(error))
  }
  if (options.report === undefined || succeeded(report.data, { skipsFail: false })) return
  const folder = dirname(options.report)
  await keepEvidence(await lab.machines(), folder)
  report.note(`what the machines have to say about it is in ${folder}/machine-*.log`)
}

async function keepUp(report: Report, options: Options, folder: string): Promise<void> {
  await writeReport(options.report, report, performance.now() / 1000)
  report.note(`the machines stay up until Ctrl-C; their files are in ${folder}/machines`)
  await waitForTheEnd()
}

async function writeReport(
  file: string | undefined,
  report: Report,
  seconds: number
): Promise<void> {
  if (file === undefined) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, reportPage(report.data, { date: new Date(), seconds }))
  const json = `${file.replace(/\.md$/, '')}.json`
  await writeFile(json, `${JSON.stringify({ seconds, ...report.data }, null, 2)}\n`)
}

process.exitCode = await main(process.argv.slice(2))
