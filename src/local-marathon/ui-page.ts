/** A small page for people: apps, tasks, and a form to scale; it uses the API like any client. */
export function uiPage(): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Local Marathon</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ccc; vertical-align: top }
input { width: 4rem }
code { font-size: .9em }
</style>
<h1>Local Marathon</h1>
<table>
<thead><tr><th>App</th><th>Running</th><th>Tasks</th><th>Instances</th><th></th></tr></thead>
<tbody id="apps"></tbody>
</table>
<p id="message" role="status"></p>
<script>
const rows = document.getElementById('apps')
const message = document.getElementById('message')
const element = (name, text) => Object.assign(document.createElement(name), { textContent: text })

async function send(method, id, body) {
  const answer = await fetch('/v2/apps/' + id, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body)
  })
  message.textContent = answer.ok ? '' : (await answer.json()).message
  await refresh()
}

function row(app) {
  const line = document.createElement('tr')
  const tasks = element('td', '')
  for (const task of app.tasks) {
    const text = task.host + ':' + task.ports.join(',') + ' ' + task.state.replace('TASK_', '').toLowerCase()
    tasks.append(element('code', text), document.createElement('br'))
  }
  const form = document.createElement('form')
  const number = Object.assign(document.createElement('input'), { type: 'number', min: 0, value: app.instances })
  number.setAttribute('aria-label', 'instances of ' + app.id)
  form.append(number, ' ', element('button', 'Scale'))
  form.onsubmit = (event) => {
    event.preventDefault()
    send('PUT', app.id, { instances: Number(number.value) })
  }
  const destroy = Object.assign(element('button', 'Destroy'), {
    onclick: () => confirm('Destroy ' + app.id + '?') && send('DELETE', app.id)
  })
  const [scale, last] = [document.createElement('td'), document.createElement('td')]
  scale.append(form)
  last.append(destroy)
  line.append(element('td', app.id), element('td', app.tasksRunning + ' of ' + app.instances), tasks, scale, last)
  return line
}

let shown = ''
async function refresh() {
  const { apps } = await (await fetch('/v2/apps?embed=apps.tasks')).json()
  const next = JSON.stringify(apps.map((app) => [app.id, app.instances, app.tasks.map((t) => [t.id, t.state])]))
  if (next === shown) return
  shown = next
  rows.replaceChildren(...apps.map(row))
}
refresh()
setInterval(refresh, 1000)
</script>
</html>
`
}
