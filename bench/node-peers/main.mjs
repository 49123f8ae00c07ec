import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'

/**
 * One of the libraries as a proxy: `node main.mjs LIBRARY PORT TABLE WORKERS`, where TABLE is a file of
 * apps with their hosts and tasks. What every library needs around it is here, once for all.
 */
const [library, port, table, workers] = process.argv.slice(2)

if (Number(workers) > 1 && cluster.isPrimary) {
  for (let i = 0; i < Number(workers); i++) cluster.fork()
} else {
  const { start } = await import(`./${library}.mjs`)
  await start(Number(port), originPicker(JSON.parse(readFileSync(table, 'utf8'))))
}

/** Gives the address of the next task of a host, in turn; undefined for an unknown host. */
function originPicker(apps) {
  const byHost = new Map(
    apps.map(({ host, tasks }) => [
      host,
      { origins: tasks.map((task) => `http://${task.host}:${task.port}`), next: 0 }
    ])
  )
  return (hostField = '') => {
    const found = byHost.get(hostField.toLowerCase().split(':', 1)[0])
    if (found === undefined) return undefined
    found.next = (found.next + 1) % found.origins.length
    return found.origins[found.next]
  }
}
