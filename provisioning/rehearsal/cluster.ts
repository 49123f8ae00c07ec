import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

export interface ClusterMachine {
  readonly address: string
  readonly role: 'master' | 'slave'
  readonly autostart: boolean
  readonly needs_masters: number
}

/** What the rehearsal needs to know of cluster.yaml. */
export interface Cluster {
  readonly machines: Readonly<Record<string, ClusterMachine>>
  readonly ports: Readonly<Record<string, number>>
  /** Name of a port → port on the laptop's loopback that leads to it on the first master. */
  readonly forwarded_ports: Readonly<Record<string, number>>
}

/** @throws Error that names the file, when there is no cluster in it */
export async function readCluster(file: string): Promise<Cluster> {
  const cluster: unknown = parse(await readFile(file, 'utf8'))
  if (!isCluster(cluster)) throw new Error(`${file} has no machines, ports and forwarded_ports`)
  return cluster
}

function isCluster(value: unknown): value is Cluster {
  return (
    isMap(value) &&
    isMap(value['ports']) &&
    isMap(value['forwarded_ports']) &&
    isMap(value['machines']) &&
    Object.values(value['machines']).every(
      (machine) => isMap(machine) && typeof machine['address'] === 'string'
    )
  )
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The masters and slaves by name; the first master is the one that ports are forwarded to. */
export function firstMaster({ machines }: Cluster): string {
  const masters = Object.keys(machines).filter((name) => machines[name]?.role === 'master')
  return masters.sort()[0] ?? 'master'
}
