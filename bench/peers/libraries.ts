import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Peer } from './peer.ts'

const folder = join(import.meta.dirname, '../node-peers')

/** Proxies from npm, each with what bench/node-peers puts around it. */
export const libraries: readonly Peer[] = [
  library('@fastify/http-proxy', 'fastify-http-proxy'),
  library('http-proxy', 'http-proxy'),
  library('fast-proxy', 'fast-proxy')
]

function library(packageName: string, id: string): Peer {
  return {
    id,
    name: packageName,
    kind: 'library',
    tuning: `its README: connections to tasks kept, at most 1024 each; see bench/node-peers/${id}.mjs`,
    version: async () => versionOf(packageName),
    launch: ({ apps, port, folder: stageFolder, workers, cores }) => ({
      files: { 'table.json': JSON.stringify(apps) },
      command: {
        program: process.execPath,
        args: [
          join(folder, 'main.mjs'),
          id,
          String(port),
          join(stageFolder, 'table.json'),
          String(workers)
        ],
        env: { NODE_ENV: 'production' },
        cores
      }
    })
  }
}

function versionOf(packageName: string): string | undefined {
  const file = join(folder, 'node_modules', packageName, 'package.json')
  if (!existsSync(file)) return undefined
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}
