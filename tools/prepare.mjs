/**
 * Runs before `npm start` and `npm test`: installs what is missing and builds what is old. Says
 * nothing when there is nothing to do. Plain JavaScript without dependencies, since it runs in a
 * fresh clone.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname ?? '.', '..')
const program = join(root, 'dist/cli/main.js')

checkNode()
if (!isInstalled()) install()
if (isBuildOld()) build()

function checkNode() {
  const { engines } = readJson(join(root, 'package.json'))
  const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number)
  const [ownMajor = 0, ownMinor = 0] = process.versions.node.split('.').map(Number)
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return
  fail(`Node ${engines.node} is needed, this is ${process.version}: see https://nodejs.org`)
}

/** Every package of the lock file is there in its version; one for another system may be absent. */
function isInstalled() {
  const installedLock = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedLock)) return false
  const installed = readJson(installedLock).packages
  const wanted = Object.entries(readJson(join(root, 'package-lock.json')).packages)
  return wanted.every(([path, { version, optional }]) => {
    if (path === '') return true
    const found = installed[path]
    return found === undefined ? optional === true : found.version === version
  })
}

function install() {
  say('Installing packages (npm ci), a minute at most…')
  // `--include=dev`: the compiler is needed even where NODE_ENV says production.
  npm(['ci', '--include=dev', '--loglevel=error'], 'packages could not be installed')
}

function isBuildOld() {
  if (!existsSync(program)) return true
  const builtAt = statSync(program).mtimeMs
  const settings = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tools/bundle.mjs']
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const inputs = [...settings, 'src', ...sources.map((name) => join('src', name))]
  return inputs.some((name) => statSync(join(root, name)).mtimeMs > builtAt)
}

function build() {
  say('Building (tsc, esbuild)…')
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  npm(['run', '--silent', 'build'], 'the build failed', () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true })
  })
  chmodSync(program, 0o755)
}

/** The npm that runs this script, or the one on the path. */
function npm(args, failure, undo = () => {}) {
  const { npm_execpath: script } = process.env
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []]
  const { status, error, signal } = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (status === 0) return
  undo()
  if (signal !== null) process.exit(130)
  fail(error === undefined ? failure : `${failure}: ${error.message}`)
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function say(text) {
  console.error(text)
}

function fail(reason) {
  console.error(`prepare: ${reason}`)
  process.exit(1)
}
