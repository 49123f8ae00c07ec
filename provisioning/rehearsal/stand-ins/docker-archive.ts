import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from '../lab/process.ts'

export interface ImageRequest {
  /** Such as `mesosphere/marathon:v1.11.24`. */
  readonly name: string
  /** The whole content of the image. */
  readonly root: string
  readonly entrypoint: readonly string[]
  /** Where the archive and its parts are written. */
  readonly folder: string
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/**
 * Writes an image of one layer as `docker save` would, without any Docker.
 *
 * @returns the archive's path
 */
export async function writeDockerArchive(request: ImageRequest): Promise<string> {
  const { folder, root, name, entrypoint } = request
  const parts = join(folder, 'image')
  await mkdir(parts, { recursive: true })
  await pack(root, join(parts, 'layer.tar'), ['.'])
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: entrypoint, Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256Of(join(parts, 'layer.tar'))}`] }
  }
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: ['layer.tar'] }]
  await writeFile(join(parts, 'config.json'), JSON.stringify(config))
  await writeFile(join(parts, 'manifest.json'), JSON.stringify(manifest))
  const archive = join(folder, 'marathon-image.tar')
  await pack(parts, archive, ['manifest.json', 'config.json', 'layer.tar'])
  return archive
}

/** The same bytes for the same files, whoever packs them and when. */
async function pack(from: string, to: string, names: readonly string[]): Promise<void> {
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']
  await mustRun(['tar', '--create', '--file', to, '--directory', from, ...same, ...names])
}
