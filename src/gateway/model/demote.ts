import type { Service } from './route.ts'
import { type Table, updateTable } from './table.ts'

/** The table in which these tasks are the last resort only, whatever comes of them later. */
export function demote(table: Table, taskIds: ReadonlySet<string>): Table {
  if (taskIds.size === 0) return table
  const put: [string, Service][] = []
  for (const [id, service] of table.services.inAnyOrder()) {
    if (!service.endpoints.some((one) => !one.lastResort && taskIds.has(one.taskId))) continue
    const endpoints = service.endpoints.map((one) =>
      taskIds.has(one.taskId) ? { ...one, lastResort: true } : one
    )
    put.push([id, { ...service, endpoints }])
  }
  const none = { put: [], removed: [] }
  const services = { put, removed: [] }
  return updateTable(table, { routes: none, services, appRoutes: none, portRoutes: none })
}
