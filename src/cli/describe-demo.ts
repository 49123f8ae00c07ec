import { styleText } from 'node:util'
import type { TableChange } from '../gateway/plugin.ts'

/** What of the demo the text is about. */
export interface DemoAddresses {
  readonly port: number
  readonly adminPort: number
  readonly marathonPort: number
  readonly instances: number
}

const USUAL_MARATHON_PORT = 8080
const USUAL_ADMIN_PORT = 9090

/** What runs now and what to try, line by line. */
export function describeDemo(demo: DemoAddresses, colours: boolean): readonly string[] {
  const bold = (text: string) => (colours ? styleText('bold', text) : text)
  const dim = (text: string) => (colours ? styleText('dim', text) : text)
  const door = `http://localhost:${demo.port}`
  const marathon = `http://localhost:${demo.marathonPort}`
  const admin = `http://127.0.0.1:${demo.adminPort}`
  const script = demo.marathonPort === USUAL_MARATHON_PORT ? '' : `MARATHON_URL=${marathon} `
  const asked = demo.adminPort === USUAL_ADMIN_PORT ? '' : ` --admin ${admin}`
  return [
    '',
    `  local Marathon  ${bold(`${marathon}/`)}`,
    `  sample app      /myapp, ${demo.instances} ${demo.instances === 1 ? 'task' : 'tasks'}`,
    `  gateway         ${bold(`${door}/`)}`,
    `  admin side      ${bold(`${admin}/`)}  ${dim(`also ${admin}/marathon/`)}`,
    '',
    bold('Try'),
    `  curl -H 'Host: myapp.local' ${door}/`,
    dim('      again and again: the tasks take turns'),
    `  a browser at ${door}/ or http://myapp.localhost:${demo.port}/`,
    `  curl -X PUT -H 'Content-Type: application/json' -d '{"instances":5}' ${marathon}/v2/apps/myapp`,
    dim(`      five tasks; so does ${script}sample-app/scale_myapp.sh 5`),
    `  node dist/cli/main.js explain http://myapp.local/${asked}`,
    dim('      why a request goes where it goes'),
    `  curl -X DELETE ${marathon}/v2/apps/myapp`,
    dim(`      gone; and back with ${script}sample-app/start_myapp.sh`),
    '',
    'Changes show below. Ctrl-C stops everything.',
    ''
  ]
}

/** One change of the table with the time of day; what no user would notice is left out. */
export function describeChange(change: TableChange, colours: boolean): readonly string[] {
  const time = new Date(change.at).toTimeString().slice(0, 8)
  const noticed = change.lines.filter((line) => !line.startsWith('~'))
  return noticed.map((line) => `${colours ? styleText('dim', time) : time}  ${line}`)
}
