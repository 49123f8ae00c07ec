/**
 * What the page does: reads `/status`, `/routes` and `/problems` every two seconds, and draws again
 * what changed. Everything from the gateway is shown as text, never as markup: labels are written by
 * strangers.
 */
export const pageScript = `
'use strict'
const MOST_ROWS = 500
const at = (id) => document.getElementById(id)
const make = (name, className, ...content) => {
  const node = document.createElement(name)
  if (className) node.className = className
  node.append(...content)
  return node
}
const row = (...cells) => make('tr', '', ...cells.map((cell) => make('td', '', ...[cell].flat())))
const line = (className, text) => make('div', className, text)

let table = { routes: [] }
let drawn = ''

function endpointsOf(services) {
  const lines = services.flatMap(({ endpoints = [], leftOut = [] }) => [
    ...endpoints.map(({ host, port, lastResort }) =>
      line('mono', host + ':' + port + (lastResort ? ' (last resort)' : ''))),
    ...leftOut.map(({ taskId, reason }) => line('soft', taskId + ' ' + reason))
  ])
  return lines.length > 0 ? lines : [line('bad', 'none')]
}

function appsOf(services) {
  if (services.length === 0) return [line('bad', 'none')]
  const share = ({ weight }) => (services.length > 1 ? ' × ' + weight : '')
  return services.map((one) => line('mono', (one.origin?.app ?? one.id) + share(one)))
}

function conditionsOf({ match, strip, hooks, closed }) {
  const headers = Object.entries(match.headers ?? {}).map(([name, value]) => name + ': ' + value)
  const notes = [...headers, ...(match.methods ?? [])]
  if (strip) notes.push('stripped')
  if (hooks) notes.push('hooks ' + hooks)
  return [
    ...notes.map((note) => line('soft note', note)),
    ...(closed ? [line('bad note', 'closed: ' + closed)] : [])
  ]
}

function drawRoutes() {
  const wanted = at('filter').value.trim().toLowerCase()
  const key = table.hash + ' ' + wanted
  if (key === drawn) return
  drawn = key
  const fits = (route) =>
    [route.match.host, route.match.path, ...route.services.map(({ origin, id }) => origin?.app ?? id)]
      .some((text) => text?.toLowerCase().includes(wanted))
  const routes = table.routes.filter(fits)
  const rows = routes.slice(0, MOST_ROWS).map((route) => row(
    line('mono', route.match.host ?? '*'),
    [line('mono', route.match.path), ...conditionsOf(route)],
    appsOf(route.services),
    endpointsOf(route.services)
  ))
  at('routes').replaceChildren(...rows)
  const more = routes.length - rows.length
  at('more').textContent = more > 0 ? 'and ' + more + ' more: narrow the filter'
    : routes.length === 0 ? (wanted ? 'No route fits the filter.' : 'No routes yet.') : ''
  at('route-count').textContent = String(table.routes.length)
}

function drawProblems(problems) {
  at('problem-count').textContent = problems.length === 0 ? 'none' : String(problems.length)
  at('problem-count').className = problems.length === 0 ? 'good' : 'bad'
  at('problem-table').hidden = problems.length === 0
  at('problems').replaceChildren(...problems.slice(0, MOST_ROWS).map(({ app, label, reason }) =>
    row(line('mono', app), line('mono', label ?? ''), reason)))
}

function sourceText({ name, takenAt, failure, stale, held }) {
  if (held) return name + ' no longer names ' + held.taskCount + ' tasks of ' + held.appCount
    + ' apps, without a reason: they serve on until that is certain'
  if (stale) return name + ' not read yet' + (failure ? ' (' + failure + ')' : '')
    + ': serving what the state file has of ' + new Date(takenAt).toLocaleString()
  if (failure) return name + ' can’t be read: ' + failure
  if (!takenAt) return name + ' not read yet'
  return name + ' read ' + Math.max(0, Math.round((Date.now() - takenAt) / 1000)) + ' s ago'
}

function drawState(word, className, text) {
  at('word').textContent = word
  at('word').className = 'pill ' + className
  at('state').textContent = text
}

function drawStatus({ ready, stopping, sources }) {
  const failing = sources.some(({ failure, stale, held }) => failure || stale || held)
  const word = stopping ? 'stopping' : !ready ? 'no table yet'
    : sources.some(({ held }) => held) ? 'ready, but much is gone'
      : failing ? 'ready, but cut off' : 'ready'
  drawState(word, ready && !stopping && !failing ? 'good' : 'bad', sources.map(sourceText).join(' · '))
}

const read = async (path) => (await fetch(path)).json()

async function show() {
  try {
    const [status, problems, routes] = await Promise.all(['/status', '/problems', '/routes'].map(read))
    table = routes
    drawRoutes()
    drawProblems(problems.problems)
    drawStatus(status)
  } catch {
    drawState('no answer', 'bad', 'The gateway does not answer; what is below is the last that was read.')
  }
  setTimeout(show, 2000)
}

at('filter').addEventListener('input', drawRoutes)
at('ask').addEventListener('submit', async (event) => {
  event.preventDefault()
  const url = at('url').value.trim()
  const full = url.includes('://') ? url : 'http://' + url
  const answer = await fetch('/explain?url=' + encodeURIComponent(full), { headers: { accept: 'text/plain' } })
    .then(async (response) => {
      const text = await response.text()
      return response.ok ? text : JSON.parse(text).message
    })
    .catch(() => 'The gateway does not answer.')
  at('answer').hidden = false
  at('answer').textContent = answer
})
show()
`
