import { once } from 'node:events'
import { createServer } from 'node:net'
import { createLocalMarathon } from '../../../../src/local-marathon/create-local-marathon.ts'
import { type SavedState, savedState } from '../../../../src/local-marathon/saved-state.ts'
import { addressOf } from '../mesos/master.ts'
import { followLeader, type Leader, stand } from '../zookeeper/election.ts'
import { openSession, type ZookeeperSession } from '../zookeeper/session.ts'
import { AgentRunner } from './agent-runner.ts'
import { createMesosClient } from './mesos-client.ts'
import { readSettings, type Settings } from './settings.ts'
import { type StandbyServer, startStandbyServer } from './standby-server.ts'

const log = (line: string) => void process.stdout.write(`${line}\n`)

function exit(reason: string, code: number): never {
  log(reason)
  process.exit(code)
}

/** Keeps in ZooKeeper what the next leader needs, whenever it has changed. */
function keepState(
  session: ZookeeperSession,
  path: string,
  cluster: Parameters<typeof savedState>[0]
): () => void {
  let kept = ''
  let writing = false
  const keep = async () => {
    const text = JSON.stringify(savedState(cluster))
    if (writing || text === kept) return
    writing = true
    try {
      await session.write(path, Buffer.from(text))
      kept = text
    } catch (error) {
      log(`cannot keep the state: ${String(error)}`)
    }
    writing = false
    setTimeout(() => void keep(), 100)
  }
  return () => void keep()
}

/** Listens where libprocess would. @returns host:port */
async function listenForMesos({ callback: { host, port } }: Settings): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => undefined).end())
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return `${host}:${typeof address === 'object' ? address?.port : port}`
}

async function lead(settings: Settings, session: ZookeeperSession): Promise<void> {
  const { mesos: address, store, listen, advertise, credentials, authorization } = settings
  let master: string | undefined
  const mesosSession = openSession(address, (reason) => exit(reason, 1))
  const election = { session: mesosSession, path: address.path, prefix: 'json.info_', log }
  void followLeader(election, (leader) => {
    master = leader && addressOf(leader.data)
    log(`the leading Mesos master is ${master ?? 'unknown'}`)
  })
  const { mesosUser: user } = settings
  const callback = await listenForMesos(settings)
  const mesos = createMesosClient({ master: () => master, authorization, callback, user })
  const runner = new AgentRunner({ mesos, random: Math.random, now: Date.now, log })
  void runner.follow(new AbortController().signal)
  const path = `${store.path}/state`
  const saved = await session.read(path)
  const { membership } = await createLocalMarathon({
    ...listen,
    advertise,
    runner,
    log,
    ...(credentials === undefined ? {} : { credentials }),
    ...(saved === undefined ? {} : { restore: JSON.parse(saved.toString('utf8')) as SavedState })
  })
  const keep = keepState(session, path, membership.cluster)
  membership.cluster.watch(keep)
  keep()
  log(`leads, and listens on ${listen.host}:${listen.port}`)
}

/** Follows the election: stands by while another leads, then leads until the end of the process. */
async function run(settings: Settings): Promise<void> {
  let leader: Leader | undefined
  let standby: StandbyServer | undefined = await startStandbyServer(settings, () => leader?.data)
  log(`stands by on ${settings.listen.host}:${settings.listen.port}`)
  const session = openSession(settings.store, (reason) => exit(reason, 1))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      session.close()
      setTimeout(() => exit('stopped; tasks go on', 0), 200)
    })
  }
  const election = { session, path: `${settings.store.path}/leader`, prefix: 'member_', log }
  const node = await stand(election, settings.advertise)
  await followLeader(election, (now) => {
    leader = now
    log(`the leading Marathon is ${now?.data ?? 'unknown'}`)
    if (standby === undefined) {
      if (now?.node !== node) exit('leadership is lost', 1)
    } else if (now?.node === node) {
      const closing = standby
      standby = undefined
      closing
        .close()
        .then(() => lead(settings, session))
        .catch((error: unknown) => exit(`cannot lead: ${String(error)}`, 1))
    }
  })
}

run(readSettings(process.argv.slice(2), process.env)).catch((error: unknown) =>
  exit(error instanceof Error ? error.message : String(error), 1)
)
