import {
  commandsOf,
  commitMapCommand,
  deleteBackendCommands,
  deleteCommand,
  type ExpectedCommand,
  endSessionsCommand,
  fillMapCommands,
  prepareMapCommand
} from '../../src/plugins/haproxy/apply/commands.ts'
import type { RuntimeCommand } from '../../src/plugins/haproxy/apply/runtime-command.ts'
import type { DesiredServer } from '../../src/plugins/haproxy/desired.ts'
import { backend, type StateParts, server } from './haproxy-states.ts'

/** What an HAProxy is asked for a recording, and which of it it takes. */

/** The folder that recordings name. */
export const RECORDED_FOLDER = '/run/gateway'

/** One question over a connection of its own. */
export const questions: Readonly<Record<string, readonly string[]>> = {
  'show version': ['show', 'version'],
  help: ['help'],
  'show servers state': ['show', 'servers', 'state'],
  'show servers state of a backend': ['show', 'servers', 'state', 'app'],
  'show servers state of no backend': ['show', 'servers', 'state', 'nobody'],
  'show stat of servers': ['show', 'stat', '-1', '4', '-1'],
  'show map': ['show', 'map', `${RECORDED_FOLDER}/routes.map`],
  'show no map': ['show', 'map', `${RECORDED_FOLDER}/none.map`]
}

/** Several commands over one connection, as `perform` sends them. */
export interface ScriptedRun {
  readonly name: string
  readonly commands: readonly RuntimeCommand[]
  /** Of each command, what HAProxy says when it took it; absent: it must not say that. */
  readonly expect: readonly (RegExp | { readonly not: RegExp })[]
}

const NEW = server('new')
const deleted = /^(?:Backend deleted|No such backend)/

/** Asks for what `help` says to the experimental. */
export const experimentalHelp: ScriptedRun = {
  name: 'help in experimental mode',
  commands: [{ words: ['experimental-mode', 'on'] }, { words: ['help'] }],
  expect: [/^$/, /help/]
}

/** Changes of servers, in this order. */
export const serverRuns: readonly ScriptedRun[] = [
  taken('add a server', add('app', NEW)),
  taken('add a server with checks', add('app', server('checked'), ['check', 'inter', '2s'])),
  taken('add a last resort over IPv6', add('app', server('v6', { address: '::1', backup: true }))),
  refused('add a server that is there', add('app', NEW).slice(0, 1)),
  refused('add a server to no backend', add('nobody', NEW)),
  refused('add a server with an unknown word', add('app', server('odd'), ['odd']).slice(0, 1)),
  taken('set a weight', commands({ do: 'set-weight', backend: 'app', server: 'new', weight: 7 })),
  refused(
    'set a weight of no server',
    commands({ do: 'set-weight', backend: 'app', server: 'no', weight: 7 })
  ),
  taken('set an address', moved('127.0.0.2', 10)),
  taken('set the same address', moved('127.0.0.2', 10)),
  refused('delete a server that is ready', [deleteCommand('app', 'new')]),
  taken('a server leaves', leave('new')),
  taken('a server is back', commands({ do: 'ready', backend: 'app', server: 'new' })),
  taken('a server leaves and is deleted', [...leave('new'), deleteCommand('app', 'new')]),
  taken('delete a server that has gone', [deleteCommand('app', 'new')])
]

/** Where servers are experimental. */
export const unpermittedRun: ScriptedRun = refused(
  'add a server without experimental mode',
  add('app', NEW)
)

/** While the server `slow` has a request under way. */
export const busyRuns: readonly ScriptedRun[] = [
  taken('a busy server leaves', leave('slow')),
  refused('delete a busy server', [deleteCommand('app', 'slow')]),
  taken('end the requests of a server', [endSessionsCommand('app', 'slow')])
]

/** As soon as that request has ended. */
export const idleRun: ScriptedRun = taken('delete a server that was busy', [
  deleteCommand('app', 'slow')
])

export const mapRuns: readonly ScriptedRun[] = [
  taken(
    'change a map',
    commands({
      do: 'change-map',
      map: 'routes.map',
      add: [['b.test', 'app']],
      set: [['b.test', 'app2']],
      del: ['app.test']
    })
  ),
  {
    name: 'look up keys of a map',
    commands: ['b.test', 'app.test'].map((key) => ({ words: ['get', 'map', mapFile(), key] })),
    expect: [/key="b\.test", value="app2", type=/, { not: /key="app\.test"/ }]
  },
  refused('change no map', [
    { words: ['add', 'map', `${RECORDED_FOLDER}/none.map`, 'a', 'b'], expect: /^$/ }
  ]),
  taken('prepare a map', [prepareMapCommand(RECORDED_FOLDER, 'routes.map')]),
  taken('fill a map', [
    ...fillMapCommands(RECORDED_FOLDER, 'routes.map', '1', [
      ['c.test', 'app'],
      ['*.d.test/x', 'app']
    ]),
    commitMapCommand(RECORDED_FOLDER, 'routes.map', '1')
  ]),
  refused('commit a map that nobody prepared', [
    commitMapCommand(RECORDED_FOLDER, 'routes.map', '9')
  ])
]

const MADE = 'late__base'

/** Only an HAProxy that has `add backend` takes it. */
export const backendRun: ScriptedRun = taken('add a backend', made('base'))

/** What happens to that backend, in this order; only where it could be added. */
export const madeRuns: readonly ScriptedRun[] = [
  refused('add a backend that is there', made('base').slice(0, 1)),
  refused('add a backend of no defaults', made('none').slice(0, 1)),
  {
    name: 'show backends',
    commands: [{ words: ['show', 'backend'] }],
    expect: [/^# name\napp\nempty\nlate__base$/]
  },
  taken('add a server to a made backend', add(MADE, NEW)),
  {
    name: 'delete a made backend that has servers',
    commands: deleteBackendCommands(MADE),
    expect: [/^Backend unpublished/, { not: deleted }, /^Backend published/]
  },
  taken('its server leaves', [
    ...commands({ do: 'leave', backend: MADE, server: 'new' }),
    deleteCommand(MADE, 'new')
  ]),
  {
    name: 'delete a made backend',
    commands: deleteBackendCommands(MADE),
    expect: [/^Backend unpublished/, deleted, { not: /^Backend published/ }]
  },
  {
    name: 'delete a made backend that has gone',
    commands: deleteBackendCommands(MADE),
    expect: [{ not: /^Backend unpublished/ }, deleted, { not: /^Backend published/ }]
  }
]

/** The state that is asked about; `slow` is a real task. */
export function scriptedState(slowPort: number): StateParts {
  const servers = [server('last', { backup: true }), server('slow', { port: slowPort, weight: 50 })]
  return { backends: [backend('app', servers), backend('empty')] }
}

function commands(step: Parameters<typeof commandsOf>[0]): ExpectedCommand[] {
  return commandsOf(step, RECORDED_FOLDER)
}

function add(backend: string, server: DesiredServer, words: readonly string[] = []) {
  return commands({ do: 'add-server', backend, server, words: ['maxconn', '1024', ...words] })
}

function made(defaults: string): ExpectedCommand[] {
  return commands({ do: 'add-backend', backend: MADE, defaults, mode: 'http' })
}

function moved(address: string, port: number): ExpectedCommand[] {
  return commands({ do: 'set-address', backend: 'app', server: 'new', address, port })
}

function leave(name: string): ExpectedCommand[] {
  return commands({ do: 'leave', backend: 'app', server: name })
}

function taken(name: string, commands: readonly ExpectedCommand[]): ScriptedRun {
  return { name, commands, expect: commands.map(({ expect }) => expect) }
}

function refused(name: string, commands: readonly ExpectedCommand[]): ScriptedRun {
  return { name, commands, expect: commands.map(({ expect }) => ({ not: expect })) }
}

function mapFile(): string {
  return `${RECORDED_FOLDER}/routes.map`
}
