import { hostname, networkInterfaces } from 'node:os'
import type { OwnAddress } from './model/task-addresses.ts'
import type { ListenAddress } from './plugin.ts'

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']
const EVERY_ADDRESS = new Set(['', '0.0.0.0', '::'])

/** By which addresses of this machine the operators' side can be reached. */
export function ownAddresses(listening: readonly ListenAddress[]): OwnAddress[] {
  return listening
    .filter(({ operators }) => operators === true)
    .map(({ host, port }) => ({ hosts: new Set(hostsOf(host)), port }))
}

function hostsOf(host: string): string[] {
  if (EVERY_ADDRESS.has(host)) return [...LOOPBACK, hostname().toLowerCase(), ...localAddresses()]
  return LOOPBACK.includes(host) ? LOOPBACK : [host.toLowerCase()]
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((one) => one.address))
}
