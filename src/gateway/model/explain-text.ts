import { addressText } from './diff.ts'
import type { Candidate, ExplainedClass, Explanation, RecentFailure } from './explain.ts'
import type { ExplainedService } from './explained-service.ts'
import type { Origin, Probe, Route } from './route.ts'

const MOST_ENDPOINTS = 20

/** The explanation for a terminal: what was asked, who competed, who won, with which tasks. */
export function renderExplanation(explanation: Explanation): string {
  const { asked, host, path, reason, route, classes, services, problems, recent = [] } = explanation
  const lines = [
    `${asked.method} ${asked.target}  Host: ${asked.host ?? '(none)'}`,
    ...(explanation.outcome === 'refused' ? [] : [`compared as ${host ?? '(no host)'} ${path}`]),
    '',
    explanation.error === undefined ? reason : `${reason} [${explanation.error}]`
  ]
  if (classes.length > 0) lines.push('', 'Candidates', ...classes.flatMap(classLines))
  if (route !== undefined) lines.push('', 'Route', ...routeLines(route))
  if (services.length > 0) lines.push('', 'Services', ...services.flatMap(serviceLines))
  if (problems.length > 0) {
    lines.push('', 'Problems')
    for (const { app, label, reason } of problems) {
      lines.push(`  ${app}${label === undefined ? '' : ` ${label}`}: ${reason}`)
    }
  }
  if (recent.length > 0) lines.push('', 'Recent failures', ...recent.flatMap(recentLines))
  return lines.map(printable).join('\n')
}

/** A stranger's label must not move the cursor of an operator's terminal. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, '?')
}

const classNames = { exact: 'host', wildcard: 'wildcard', any: 'every host' } as const

function classLines({ kind, name, candidates, others }: ExplainedClass): string[] {
  const title = name === '*' ? classNames.any : `${classNames[kind]} ${name}`
  const more = others > 0 ? [`    … and ${others} further routes with other paths`] : []
  return [`  ${title}`, ...candidates.map(candidateLine), ...more]
}

function candidateLine({ chosen, path, route, why }: Candidate): string {
  return `  ${chosen ? '→' : ' '} ${path}  ${route}: ${why}`
}

function routeLines(route: Route): string[] {
  const facts: [string, string][] = [
    ['host', route.match.host ?? '(every host)'],
    ['path', route.match.path],
    ['strip', String(route.strip)],
    ['priority', String(route.priority)],
    ['upgrade', route.upgrade],
    ['hooks', route.hooks === '' ? '(none)' : route.hooks],
    ...guardFacts(route)
  ]
  return facts.map(([name, value]) => `  ${name}: ${value}${sayOrigin(route.origins[name])}`)
}

/** Only what is there; never a hash. */
function guardFacts({ guard, hsts, rewrite }: Route): [string, string][] {
  const facts: [string, string][] = []
  const { networks, auth, https } = guard ?? {}
  if (networks !== undefined) facts.push(['networks', networks.join(' ')])
  if (auth !== undefined) {
    facts.push(['auth', `${auth.realm}: ${auth.users.map(({ name }) => name).join(' ')}`])
  }
  if (https !== undefined) facts.push(['https', https])
  if (hsts !== undefined) facts.push(['hsts', String(hsts)])
  if (rewrite !== undefined) facts.push(['rewrite', JSON.stringify(rewrite)])
  return facts
}

function sayOrigin(origin: Origin | undefined): string {
  if (origin === undefined) return ''
  if (origin.file !== undefined) return `  (${origin.file})`
  return origin.label === undefined
    ? `  (default, ${origin.app ?? origin.source})`
    : `  (${origin.label} of ${origin.app ?? origin.source})`
}

function serviceLines(service: ExplainedService): string[] {
  const { id, weight, picker, sticky, probe, endpoints, leftOut } = service
  const cookie = sticky === undefined ? '' : `, sticky by cookie ${sticky}`
  const lines = [`  ${id}  weight ${weight}, ${picker}${cookie}${probeText(probe)}`]
  for (const endpoint of endpoints.slice(0, MOST_ENDPOINTS)) {
    const last = endpoint.lastResort ? '  (last resort: leaving, or its agent lost contact)' : ''
    lines.push(`    ${addressText(endpoint)}  ${endpoint.taskId}${last}`)
  }
  if (endpoints.length > MOST_ENDPOINTS) {
    lines.push(`    … and ${endpoints.length - MOST_ENDPOINTS} further endpoints`)
  }
  if (endpoints.length === 0) lines.push('    no endpoint')
  for (const { endpoint, until, text } of (service.notes ?? []).slice(0, MOST_ENDPOINTS)) {
    lines.push(`    no requests until ${new Date(until).toISOString()}: ${endpoint} ${text}`)
  }
  for (const { taskId, reason } of leftOut.slice(0, MOST_ENDPOINTS)) {
    lines.push(`    left out: ${taskId} ${reason}`)
  }
  return lines
}

function probeText(probe: Probe | undefined): string {
  if (probe === undefined) return ''
  const what = probe.kind === 'http' ? `GET ${probe.path}` : 'a connection'
  return `, probed every ${probe.intervalMs / 1_000} s: ${what}`
}

function recentLines({ at, request, status, code, attempts }: RecentFailure): string[] {
  const answer = `${status}${code === undefined ? '' : ` ${code}`}`
  const title = `  ${new Date(at).toISOString()}  ${request}  → ${answer}`
  return [title, ...attempts.map((attempt) => `    ${attempt}`)]
}
