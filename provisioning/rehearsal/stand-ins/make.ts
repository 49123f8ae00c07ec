import { chmod, copyFile, cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mustRun } from '../lab/process.ts'
import { sha256Of, writeDockerArchive } from './docker-archive.ts'

export interface StandInRequest {
  /** Scratch space on this host. */
  readonly folder: string
  /** Where what the machines fetch is put. */
  readonly into: string
  /** The repository whose local-marathon stands in for Marathon. */
  readonly repository: string
  readonly node: { readonly url: string; readonly sha256: string }
  /** npm's registry for the stand-ins' one dependency. */
  readonly npmRegistry: string
  readonly mesos: { readonly package: string; readonly version: string }
  readonly marathonImage: string
  /** The root folder of a Debian, for the libraries that Node is linked with. */
  readonly debian: string
}

export interface Artifact {
  readonly file: string
  readonly sha256: string
}

export interface StandIns {
  readonly mesosDeb: Artifact
  readonly marathonArchive: Artifact
}

const here = import.meta.dirname
const library = 'lib/x86_64-linux-gnu'
/** What a Node of npm's is linked with. */
const libraries = [
  ...[
    'libdl.so.2',
    'libstdc++.so.6',
    'libm.so.6',
    'libgcc_s.so.1',
    'libpthread.so.0',
    'libc.so.6'
  ].map((name) => join(library, name)),
  'lib64/ld-linux-x86-64.so.2'
]

/** Makes the package in the place of Mesos and the image in the place of Marathon. */
export async function makeStandIns(request: StandInRequest): Promise<StandIns> {
  await mkdir(request.folder, { recursive: true })
  await mkdir(request.into, { recursive: true })
  const [node, modules] = await Promise.all([fetchNode(request), fetchModules(request)])
  const mesosDeb = await makeDeb(request, node, modules)
  const marathonArchive = await makeImage(request, node, modules)
  return { mesosDeb, marathonArchive }
}

async function fetchNode({ folder, node }: StandInRequest): Promise<string> {
  const archive = join(folder, 'node.tgz')
  await mustRun([
    'curl',
    '--fail',
    '--silent',
    '--show-error',
    '--location',
    '--output',
    archive,
    node.url
  ])
  const sha256 = await sha256Of(archive)
  if (sha256 !== node.sha256) throw new Error(`${node.url} has the checksum ${sha256}`)
  await mustRun([
    'tar',
    '--extract',
    '--gzip',
    '--file',
    archive,
    '--directory',
    folder,
    'package/bin/node'
  ])
  return join(folder, 'package/bin/node')
}

async function fetchModules({ folder, npmRegistry }: StandInRequest): Promise<string> {
  const to = join(folder, 'modules')
  await mkdir(to, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(join(here, name), join(to, name))
  }
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await mustRun(['npm', 'ci', '--prefix', to, '--registry', npmRegistry, ...quiet])
  return join(to, 'node_modules')
}

async function makeDeb(request: StandInRequest, node: string, modules: string): Promise<Artifact> {
  const root = join(request.folder, 'deb')
  await cp(join(here, 'deb'), root, { recursive: true })
  for (const name of ['etc/mesos-master', 'etc/mesos-agent', 'var/lib/mesos', 'var/log/mesos']) {
    await mkdir(join(root, name), { recursive: true })
  }
  const home = join(root, 'usr/lib/aventer-mesos')
  for (const name of ['package.json', 'mesos', 'zookeeper']) {
    await cp(join(here, name), join(home, name), { recursive: true })
  }
  await cp(modules, join(home, 'node_modules'), { recursive: true })
  await copyFile(node, join(home, 'node'))
  await chmod(join(home, 'node'), 0o755)
  const control = join(root, 'DEBIAN/control')
  const { package: name, version } = request.mesos
  const text = (await readFile(control, 'utf8'))
    .replace(/^Package: .*/m, `Package: ${name}`)
    .replace(/^Version: .*/m, `Version: ${version}`)
  await writeFile(control, text)
  const file = join(request.into, 'mesos.deb')
  await mustRun(['dpkg-deb', '--root-owner-group', '-Znone', '--build', root, file])
  return { file, sha256: await sha256Of(file) }
}

async function makeImage(
  request: StandInRequest,
  node: string,
  modules: string
): Promise<Artifact> {
  const root = join(request.folder, 'marathon')
  for (const name of libraries) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await copyFile(join(request.debian, 'usr', name), join(root, name))
    await chmod(join(root, name), 0o755)
  }
  await mkdir(join(root, 'usr/local/bin'), { recursive: true })
  await copyFile(node, join(root, 'usr/local/bin/node'))
  await chmod(join(root, 'usr/local/bin/node'), 0o755)
  const app = join(root, 'marathon')
  const standIns = join(app, 'provisioning/rehearsal/stand-ins')
  await cp(join(request.repository, 'src/local-marathon'), join(app, 'src/local-marathon'), {
    recursive: true
  })
  await copyFile(join(request.repository, 'package.json'), join(app, 'package.json'))
  for (const name of ['package.json', 'marathon', 'mesos', 'zookeeper']) {
    await cp(join(here, name), join(standIns, name), { recursive: true })
  }
  await cp(modules, join(standIns, 'node_modules'), { recursive: true })
  const archive = await writeDockerArchive({
    name: request.marathonImage,
    root,
    folder: request.folder,
    entrypoint: [
      '/usr/local/bin/node',
      '/marathon/provisioning/rehearsal/stand-ins/marathon/main.ts'
    ]
  })
  const file = join(request.into, 'marathon-image.tar')
  await rename(archive, file)
  return { file, sha256: await sha256Of(file) }
}
