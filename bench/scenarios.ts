import type { TableSize } from './stage.ts'

/** How load is made, or what is counted in its place. */
export type Drive =
  /** Each connection asks again as soon as it is answered. */
  | { readonly kind: 'closed' }
  /** Requests per second in all, whatever the answers. */
  | { readonly kind: 'rate'; readonly rate: number }
  /** Half of what the same proxy reached in a closed loop, by the id of that scenario. */
  | { readonly kind: 'half'; readonly of: string }
  /** Connections that are open and ask nothing. */
  | { readonly kind: 'idle' }

/** One thing that is measured, for each of some proxies. */
export interface Scenario {
  readonly id: string
  readonly title: string
  readonly drive: Drive
  readonly connections: number
  readonly path: string
  /** Bytes of each answer’s body, and of each request’s. */
  readonly answerBytes: number
  readonly uploadBytes: number
  readonly table: TableSize
  /** How many hosts of the table are asked in turn. */
  readonly hosts: number
  /** Threads or processes of each proxy. */
  readonly workers: number
  /** Cores a machine must have, so that load and backend aren't in the way. */
  readonly needsCores: number
  /** Also tells how long proxies take with this table, and how much memory. */
  readonly tellsTable: boolean
  /** Ids of those that are measured; undefined: all. */
  readonly peers: readonly string[] | undefined
  readonly rounds: number
  readonly seconds: number
}

/** A hundred apps of four tasks each. */
const USUAL: TableSize = { apps: 100, tasksPerApp: 4 }
const LARGE: TableSize = { apps: 10_000, tasksPerApp: 10 }

const base: Scenario = {
  id: '',
  title: '',
  drive: { kind: 'closed' },
  connections: 64,
  path: '/bytes/150',
  answerBytes: 150,
  uploadBytes: 0,
  table: USUAL,
  hosts: 1,
  workers: 1,
  needsCores: 1,
  tellsTable: false,
  peers: undefined,
  rounds: 3,
  seconds: 3
}

const MIB = 1_048_576
/** Each of them holds client connections by itself; the haproxy plane's are those of HAProxy. */
const HOLDERS = [
  'haproxy',
  'nginx',
  'caddy',
  'traefik',
  'envoy',
  'fastify-http-proxy',
  'http-proxy',
  'fast-proxy',
  'gateway-wire',
  'gateway-full'
]
/** Those that stand for their kind where all would take too long. */
const FEW = ['haproxy', 'nginx', 'gateway-wire', 'gateway-full', 'gateway-plane']

/** The whole benchmark, in its order. */
export const scenarios: readonly Scenario[] = [
  { ...base, id: 'small', title: '150 B, 64 connections', rounds: 5 },
  { ...base, id: 'one', title: '150 B, one connection', connections: 1, seconds: 2 },
  { ...base, id: 'many', title: '150 B, 1,024 connections', connections: 1024, seconds: 2 },
  {
    ...base,
    id: 'medium',
    title: '10 KiB, 64 connections',
    path: '/bytes/10240',
    answerBytes: 10_240,
    seconds: 2
  },
  {
    ...base,
    id: 'large',
    title: '1 MiB, 16 connections',
    path: `/bytes/${MIB}`,
    answerBytes: MIB,
    connections: 16
  },
  {
    ...base,
    id: 'upload',
    title: 'uploads of 1 MiB, 16 connections',
    path: '/upload',
    answerBytes: 0,
    uploadBytes: MIB,
    connections: 16
  },
  {
    ...base,
    id: 'half',
    title: 'half of each one’s peak, 150 B, 64 connections',
    drive: { kind: 'half', of: 'small' }
  },
  {
    ...base,
    id: 'rate',
    title: '2,000 requests/s, 150 B, 64 connections',
    drive: { kind: 'rate', rate: 2000 },
    seconds: 2
  },
  {
    ...base,
    id: 'idle',
    title: '10,000 idle connections',
    drive: { kind: 'idle' },
    connections: 10_000,
    peers: HOLDERS,
    rounds: 1
  },
  {
    ...base,
    id: 'table',
    title: '100,000 tasks, 150 B, 100 hosts in turn, 64 connections',
    table: LARGE,
    hosts: 100,
    tellsTable: true,
    peers: FEW
  },
  {
    ...base,
    id: 'two',
    title: '150 B, 64 connections, two workers',
    workers: 2,
    needsCores: 4,
    peers: FEW
  }
]

/** The peers of a run that shall end within a minute. */
export const QUICK_PEERS = [
  'direct',
  'haproxy',
  'nginx',
  'fastify-http-proxy',
  'http-proxy',
  'gateway-wire',
  'gateway-full'
]

/** Enough to see a large change; not enough to publish. */
export const quickScenarios: readonly Scenario[] = scenarios
  .filter(({ id }) => id === 'small' || id === 'large')
  .map((scenario) => ({ ...scenario, rounds: scenario.id === 'small' ? 3 : 1, seconds: 1 }))
