import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Download {
  readonly url: string
  readonly sha256: string
}

/** What the story needs of cluster.yaml beyond the machines. */
export interface Settings {
  readonly machines: Readonly<
    Record<string, { readonly address: string; readonly role: 'master' | 'slave' }>
  >
  readonly mesos: { readonly package: string; readonly version: string }
  readonly marathon: { readonly image: string }
  readonly node: Download & { readonly version: string }
  readonly npm: Download & { readonly registry: string }
}

/** @param repository where provisioning/cluster.yaml is */
export async function readSettings(repository: string): Promise<Settings> {
  const text = await readFile(join(repository, 'provisioning/cluster.yaml'), 'utf8')
  return parse(text) as Settings
}
