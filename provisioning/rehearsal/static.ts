import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readCluster } from './cluster.ts'
import { failureOf, runProcess } from './lab/process.ts'
import type { CommandResult, Host } from './lab.ts'
import type { Report } from './report.ts'
import { expectedGuests, guestsDiffer, readmeDiffers } from './static-guests.ts'

export interface StaticOptions {
  readonly repository: string
  /** Where the programs are that this host has not; undefined where there can't be one. */
  readonly workshop: (() => Promise<Host>) | undefined
}

/** Runs a program on files of the repository, which is the folder it starts in. */
type Checker = (command: readonly string[], env?: Record<string, string>) => Promise<CommandResult>

/** Everything that can be said of the provisioning code without running it. */
export async function staticChecks(report: Report, options: StaticOptions): Promise<void> {
  const { repository } = options
  const provisioning = join(repository, 'provisioning')
  const check = async (name: string, program: string, fn: (run: Checker) => Promise<unknown>) => {
    const run = await checkerFor(program, options)
    if (run === undefined) report.skip(name, 'static', `${program} is not installed`)
    else await report.check(name, 'static', () => fn(run))
  }

  await check('shellcheck: all shell scripts', 'shellcheck', async (run) => {
    const scripts = await filesIn(repository, isShellScript)
    await mustPass(run, ['shellcheck', ...shellcheckOptions, ...scripts])
    return `${scripts.length} scripts`
  })
  const manifests = await filesIn(provisioning, (file) => file.endsWith('.pp'))
  const templates = await filesIn(provisioning, (file) => file.endsWith('.epp'))
  await check('puppet: manifests and templates are valid', 'puppet', async (run) => {
    await mustPass(run, ['puppet', 'parser', 'validate', ...below('provisioning', manifests)])
    await mustPass(run, ['puppet', 'epp', 'validate', ...below('provisioning', templates)])
    return `${manifests.length} manifests, ${templates.length} templates`
  })
  await check('puppet-lint: manifests', 'puppet-lint', (run) =>
    mustPass(run, ['puppet-lint', '--fail-on-warnings', ...below('provisioning', manifests)])
  )
  await check('vagrant validate', 'vagrant', (run) =>
    mustPass(run, ['env', '-C', 'provisioning', 'vagrant', 'validate'], vagrantEnvironment)
  )
  await check('the Vagrantfile defines what the README and cluster.yaml say', 'vagrant', (run) =>
    compareGuests(run, provisioning)
  )
}

const shellcheckOptions = ['--external-sources', '--check-sourced', '--source-path=SCRIPTDIR']

const vagrantEnvironment = {
  VAGRANT_HOME: '/tmp/marathon-gateway-vagrant',
  VAGRANT_DOTFILE_PATH: '/tmp/marathon-gateway-vagrant/state',
  VAGRANT_CHECKPOINT_DISABLE: '1',
  VAGRANT_DEFAULT_PROVIDER: 'virtualbox'
}

async function compareGuests(run: Checker, provisioning: string): Promise<string> {
  const cluster = await readCluster(join(provisioning, 'cluster.yaml'))
  const readme = await readFile(join(provisioning, 'README.md'), 'utf8')
  const differences = [...readmeDiffers(readme, cluster)]
  for (const masters of [1, 3]) {
    const dump = await mustPass(
      run,
      ['ruby', 'provisioning/rehearsal/static/machines.rb', 'provisioning'],
      { ...vagrantEnvironment, CLUSTER_MASTERS: String(masters) }
    )
    differences.push(...guestsDiffer(JSON.parse(dump), expectedGuests(cluster, masters)))
  }
  if (differences.length > 0) throw new Error(differences.join('\n'))
  return `${Object.keys(cluster.machines).length} machines, with 1 master and with 3`
}

async function mustPass(
  run: Checker,
  command: readonly string[],
  env?: Record<string, string>
): Promise<string> {
  const result = await run(command, env)
  if (result.code !== 0) throw new Error(failureOf(command, result))
  return result.stdout
}

async function checkerFor(
  program: string,
  { repository, workshop }: StaticOptions
): Promise<Checker | undefined> {
  const here = await runProcess(['sh', '-c', 'command -v "$1"', 'sh', program])
  if (here.code === 0) {
    const stub = join(repository, 'provisioning/rehearsal/static')
    const PATH = `${stub}:${process.env['PATH'] ?? ''}`
    return (command, env) =>
      runProcess(['env', '-C', repository, ...command], { env: { ...process.env, PATH, ...env } })
  }
  if (workshop === undefined) return undefined
  const host = await workshop()
  const stub = '/marathon-gateway/provisioning/rehearsal/static'
  return (command, env = {}) =>
    host.run(['env', '-C', '/marathon-gateway', `PATH=${stub}:/usr/bin:/bin`, ...command], { env })
}

const skipped = new Set(['.git', 'node_modules', 'dist', '.vagrant', '.secrets', 'coverage'])

async function filesIn(
  folder: string,
  wanted: (path: string) => boolean | Promise<boolean>
): Promise<string[]> {
  const found: string[] = []
  const visit = async (below: string) => {
    const entries = await readdir(join(folder, below), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(below, entry.name)
      if (entry.isDirectory() && !skipped.has(entry.name)) await visit(path)
      if (entry.isFile() && (await wanted(join(folder, path)))) found.push(path)
    }
  }
  await visit('')
  return found
}

/** What has no first line of its own is checked where it is sourced. */
async function isShellScript(path: string): Promise<boolean> {
  if (/\.\w+$/.test(path) && !path.endsWith('.sh')) return false
  return /^#!.*\b(ba|da)?sh\b/.test(await readFile(path, 'utf8'))
}

function below(folder: string, paths: readonly string[]): string[] {
  return paths.map((path) => join(folder, path))
}
