/** The page an operator opens: reads `/routes`, `/problems` and `/status` every two seconds. */
export const adminPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>marathon-gateway</title>
<style>
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 15%,transparent)}
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
#state{opacity:.7;margin:.2rem 0 0}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .7rem .45rem 0;
border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;font-size:.85rem;opacity:.7}
code{font:.9em ui-monospace,monospace}.out{opacity:.6}.none{color:#c0392b}
form{display:flex;gap:.5rem;flex-wrap:wrap}input{flex:1;min-width:16rem;font:inherit;padding:.4rem .6rem}
button{font:inherit;padding:.4rem 1rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}
</style>
<h1>marathon-gateway</h1>
<p id="state">Reading…</p>
<h2>Why does a request go where it goes?</h2>
<form id="ask"><input name="url" aria-label="URL" placeholder="http://myapp.local/some/path">
<button>Explain</button></form>
<pre id="answer" hidden></pre>
<h2>Routes</h2>
<div class="wide"><table><thead><tr><th>Host<th>Path<th>App<th>Endpoints</thead><tbody id="routes"></tbody></table></div>
<h2>Problems</h2>
<div class="wide"><table><tbody id="problems"></tbody></table></div>
<p><a href="/routes">/routes</a> · <a href="/problems">/problems</a> · <a href="/status">/status</a> ·
<a href="/healthz">/healthz</a> · <a href="/readyz">/readyz</a> · <a href="/marathon/">/marathon/</a></p>
<script>
const at = (id) => document.getElementById(id)
const make = (name, text, className) => {
  const node = document.createElement(name)
  node.textContent = text
  if (className) node.className = className
  return node
}
const row = (...cells) => {
  const line = document.createElement('tr')
  for (const cell of cells) {
    const box = document.createElement('td')
    box.append(...[cell].flat())
    line.append(box)
  }
  return line
}
function endpoints(services) {
  const lines = services.flatMap((service) => [
    ...(service.endpoints ?? []).map((one) => make('div', one.host + ':' + one.port + (one.lastResort ? ' (last resort)' : ''))),
    ...(service.leftOut ?? []).map((one) => make('div', one.taskId + ': ' + one.reason, 'out'))
  ])
  return lines.length ? lines : [make('div', 'none', 'none')]
}
function apps(services) {
  return services.map((one) => make('div', (one.origin?.app ?? one.id) + (services.length > 1 ? ' × ' + one.weight : '')))
}
async function read(path) {
  return (await fetch(path)).json()
}
async function show() {
  try {
    const [table, { problems }, status] = await Promise.all(['/routes', '/problems', '/status'].map(read))
    at('routes').replaceChildren(...table.routes.map((route) =>
      row(make('code', route.match.host ?? '*'), make('code', route.match.path + (route.strip ? ' (stripped)' : '')), apps(route.services), endpoints(route.services))))
    at('problems').replaceChildren(...(problems.length ? problems.map((one) => row(make('code', one.app), make('code', one.label ?? ''), make('span', one.reason))) : [row('none')]))
    const ages = status.sources.map((one) => one.name + ': ' + (one.failure ? 'not readable, ' + one.failure : one.takenAt ? 'read ' + Math.max(0, Math.round((Date.now() - one.takenAt) / 1000)) + ' s ago' : 'not read yet'))
    at('state').textContent = table.routes.length + ' routes · ' + ages.join(' · ')
  } catch { at('state').textContent = 'The gateway does not answer.' }
}
at('ask').addEventListener('submit', async (event) => {
  event.preventDefault()
  const url = new FormData(event.target).get('url')
  const answer = await fetch('/explain?url=' + encodeURIComponent(url), { headers: { accept: 'text/plain' } })
  at('answer').hidden = false
  at('answer').textContent = await answer.text()
})
show()
setInterval(show, 2000)
</script>
</html>
`
