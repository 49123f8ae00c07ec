import type { LocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import type { Faults } from '../../src/local-marathon/faults.ts'

/** What a fault is played on. */
export interface FaultStage {
  readonly marathon: LocalMarathon
  readonly faults: Faults
  /** A server that is no Marathon, `http://127.0.0.1:port/`. */
  readonly stranger: string
  /** Sends JSON to Marathon; resolves when it has answered. */
  put(path: string, body: object): Promise<void>
  /** From now on tasks start with two ports, and their first one is another. */
  otherPorts(): void
}

export interface FaultRow {
  /** Begins the fault. @returns ends it */
  readonly begin: (stage: FaultStage) => (() => void) | Promise<() => void>
  /**
   * `stands`: no good answer comes, so the table grows old, and it is said why. `moves`: Marathon is read
   * as before.
   */
  readonly age: 'stands' | 'moves'
  /** Nobody asks for a read meanwhile: the source notices by itself. */
  readonly alone?: true
  /** Something is held. */
  readonly held?: true
}

/** Every answer goes wrong like this. */
const answer = (fault: Faults['answer'], given: Partial<Faults> = {}): FaultRow => ({
  age: 'stands',
  begin({ faults, stranger }) {
    faults.redirectTo = stranger
    Object.assign(faults, given)
    faults.answer = fault
    return () => {
      faults.answer = undefined
      faults.padding = 0
    }
  }
})

type Switch = {
  [Key in keyof Faults]: Faults[Key] extends boolean ? Key : never
}[keyof Faults]

/** A switch of the faults is on; streams begin anew so that it counts for them as well. */
const switched = (name: Switch, row: Partial<FaultRow> = {}): FaultRow => ({
  age: 'moves',
  ...row,
  begin({ faults }) {
    ;(faults as Record<Switch, boolean>)[name] = true
    if (row.alone !== true) faults.closeStreams()
    return () => {
      ;(faults as Record<Switch, boolean>)[name] = false
    }
  }
})

/** Sections 12, 14 and 16 of what is known of Marathon's API, fault by fault. */
export const faultRows: Readonly<Record<string, FaultRow>> = {
  'a proxy answers 502 with a page': answer('html502'),
  'a proxy answers 503 with a page': answer('html503'),
  'every answer is 500': answer(500),
  'every answer is 403': answer(403),
  'every answer is 200 without a body': answer('empty200'),
  'every answer is cut in half': answer('truncated'),
  'every connection ends in the middle of its answer': answer('cut'),
  'every answer is huge': answer(undefined, { padding: 400_000 }),
  'no answer ever ends': answer('endless'),
  'connections are accepted and never answered': answer('hang'),
  'connections are reset': answer('reset'),
  'every answer leads elsewhere': answer('elsewhere'),
  'credentials are good for two more requests': {
    age: 'stands',
    begin({ faults }) {
      faults.unauthorizedAfter(2)
      faults.closeStreams()
      return () => faults.unauthorizedAfter(Number.POSITIVE_INFINITY)
    }
  },
  'no leader is known': switched('leaderless', { age: 'stands' }),
  'every second half of an answer comes late': {
    age: 'moves',
    begin({ faults }) {
      faults.slowBodyMs = 50
      return () => {
        faults.slowBodyMs = 0
      }
    }
  },
  'the event stream falls silent': switched('silentStream', { alone: true }),
  'the event stream has heartbeats alone': switched('heartbeatOnly'),
  'heartbeats come in two pieces': switched('splitHeartbeat'),
  'an event carries two JSON objects': switched('severalJsonPerEvent'),
  'event streams are closed as soon as they open': switched('closeStreamsAtOnce'),
  'the event stream leads to a host that is none of Marathon': {
    age: 'moves',
    begin({ faults, stranger }) {
      faults.redirectEventsTo = `${stranger}v2/events`
      faults.closeStreams()
      return () => {
        faults.redirectEventsTo = undefined
      }
    }
  },
  'the event stream leads to a host that is not there': {
    age: 'moves',
    begin({ faults }) {
      faults.redirectEventsTo = 'http://127.0.0.1:9/v2/events'
      faults.closeStreams()
      return () => {
        faults.redirectEventsTo = undefined
      }
    }
  },
  'event streams are accepted and never answered': {
    age: 'moves',
    begin({ faults }) {
      faults.failNext(2, 'hang', '/v2/events')
      faults.closeStreams()
      return () => undefined
    }
  },
  'events come a thousand times a second': {
    age: 'moves',
    begin: ({ faults }) => faults.eventStorm(1000)
  },
  'events come before what they tell can be read': {
    age: 'moves',
    async begin({ faults, put }) {
      faults.snapshotLag = true
      await put('/v2/apps/shop?force=true', { instances: 3 })
      return () => {
        faults.snapshotLag = false
      }
    }
  },
  'another node leads, which has no health results yet': {
    age: 'moves',
    begin({ faults }) {
      faults.dropHealth = true
      faults.leaderChange()
      return () => {
        faults.dropHealth = false
      }
    }
  },
  'every answer says that there are no apps': { ...answer('noApps'), age: 'moves', held: true },
  'the account suddenly sees fewer apps': {
    age: 'moves',
    held: true,
    begin({ faults }) {
      for (const id of ['/shop', '/news']) faults.hideApp(id)
      return () => {
        for (const id of ['/shop', '/news']) faults.showApp(id)
      }
    }
  },
  'apps have no tasks but want them': switched('tasksMissing', { held: true }),
  'tasks have no ports': switched('portsEmpty'),
  'tasks have no host': switched('hostEmpty'),
  'tasks have no addresses': switched('ipAddressesMissing'),
  'tasks run a version that has other ports': {
    age: 'moves',
    async begin({ put, otherPorts }) {
      otherPorts()
      const names = ['admin', 'http']
      const portDefinitions = names.map((name) => ({ port: 0, protocol: 'tcp', name }))
      await put('/v2/apps/shop?force=true', { portDefinitions })
      return () => undefined
    }
  },
  'labels are nonsense': {
    age: 'moves',
    async begin({ put }) {
      const labels = { 'gateway.hosts': 'shop.local, news.local', 'gateway.weight': 'a lot' }
      await put('/v2/apps/rival', { ...{ cmd: 'sleep 1', instances: 1, labels } })
      return () => undefined
    }
  }
}
