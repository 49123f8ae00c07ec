import type { Desired } from '../../src/plugins/haproxy/desired.ts'
import { renderFiles } from '../../src/plugins/haproxy/render/render-files.ts'
import { policyForms } from './rendered-policy-lines.ts'

const NAME = '[A-Za-z0-9][A-Za-z0-9._:-]*'
const FIELD = '[A-Za-z0-9][A-Za-z0-9._-]*'
const IPV4 = '(?:\\d{1,3}\\.){3}\\d{1,3}'
const ADDRESS = `(?:${IPV4}|\\[[0-9a-fA-F:.]+\\])`
const ANSWER =
  'http-request return status 503 content-type "text/plain; charset=utf-8" string "503 GW_NO_ENDPOINT: The app has no task that can answer now\\\\n" hdr Cache-Control no-store hdr Retry-After 1 if \\{ nbsrv eq 0 \\} !\\{ stopping \\}'
/** Name of a listener of a service port. */
const PORT = 'port\\.\\d{1,5}(?:-[0-9a-fA-F.:]+)?'
const FILE = '/[A-Za-z0-9._/@+-]+\\.pem'
const HEX16 = '\\^\\[0-9a-f\\]\\{16\\}\\$'
const CHOICE = '\\{ var\\(txn.backend\\) -m str \\?[0-9a-f]{12} \\}'
const PROBE_PATH = '[A-Za-z0-9._~!&()*+,=:@/?%-]{0,255}'
const TASK_HOST =
  '\'%\\[bc_dst,regsub\\("\\^\\(\\.\\*:\\.\\*\\)\\$","\\[\\\\\\\\1\\]"\\)\\]:%\\[bc_dst_port\\]\''

/** Every form of line that depends on the table. */
const FORMS = [
  '',
  `backend ${NAME} from gateway\\.(?:http|tcp)`,
  `frontend gateway\\.${PORT} from gateway\\.tcp`,
  'frontend gateway\\.ports from gateway\\.http',
  '  option socket-stats',
  `  bind (?::::\\d{1,5} v4v6|${ADDRESS}:\\d{1,5})(?: name ${PORT})?(?: ssl crt ${FILE})?(?: alpn http/1\\.1)?(?: proto h1)?`,
  `  http-request set-var\\(txn.backend\\) so_name,map_str\\(/etc/gateway/ports\\.map\\)`,
  `  default_backend ${NAME}`,
  '  mode (?:http|tcp)',
  `  balance (?:roundrobin|leastconn|random\\([12]\\)|hdr\\(${FIELD}\\))`,
  '  hash-type consistent',
  '  timeout (?:connect|server|check) \\d{1,10}ms',
  '  option httpchk',
  `  http-check send meth GET uri /${PROBE_PATH} ver HTTP/1\\.1 hdr Host ${TASK_HOST} hdr User-Agent marathon-gateway`,
  '  http-check expect status 200-399',
  `  ${ANSWER}`,
  '  http-request del-header (?:upgrade|connection)',
  "  http-request replace-uri '\\^\\(/\\+\\[\\^/\\?\\]\\+\\)\\{\\d{1,3}\\}/\\*\\(\\.\\*\\)\\$' '/\\\\2'",
  `  http-request set-var\\(txn.sticky\\) req\\.cook\\(${FIELD}\\)`,
  '  http-response set-var\\(txn.server\\) srv_name',
  `  http-response add-header Set-Cookie "${FIELD}=%\\[var\\(txn.server\\)\\]; Path=/; HttpOnly; SameSite=Lax" if \\{ var\\(txn.server\\) -m reg ${HEX16} \\} !\\{ var\\(txn.server\\),strcmp\\(txn.sticky\\) eq 0 \\}`,
  `  use-server %\\[var\\(txn.sticky\\)\\] if \\{ var\\(txn.sticky\\) -m reg ${HEX16} \\}`,
  ...policyForms,
  `  http-request set-var\\(txn.backend\\) str\\(${NAME}\\) if ${CHOICE}(?: \\{ method [A-Z -]+ \\})?(?: \\{ req\\.fhdr_cnt\\(${FIELD}\\) 1 \\} \\{ req\\.fhdr\\(${FIELD}\\) -m str '[A-Za-z0-9*/][A-Za-z0-9 ._:/@+=,;*()!?&%~-]*' \\})*`,
  `  http-request unset-var\\(txn.backend\\) if ${CHOICE}`,
  `  server ${NAME} ${ADDRESS}:\\d{1,5} weight \\d{1,3}(?: backup)? maxconn 1024(?: check inter \\d{1,10}ms fastinter \\d{1,4}ms fall 3 rise 2)?`
]
const FORM = new RegExp(`^(?:${FORMS.join('|')})$`)
const ENTRY = new RegExp(`^[A-Za-z0-9._~!$&()*+,=:@/%?-]+ (?:${NAME}|\\?[0-9a-f]{12}|paths|root)$`)

/** Lines of all files that have no known form and are not in the rendering of an empty table. */
export function strangeLines(desired: Desired, empty: Desired): string[] {
  const fixed = new Set(empty.structure.map((line) => line.replaceAll('@folder@', '/etc/gateway')))
  const strange: string[] = []
  for (const { name, content } of renderFiles(desired, '/etc/gateway')) {
    if (name.endsWith('.http')) continue
    const lines = content.split('\n')
    for (const [at, line] of lines.entries()) {
      const last = at === lines.length - 1 && line === ''
      const known = name.endsWith('.map')
        ? last || ENTRY.test(line)
        : fixed.has(line) || FORM.test(line)
      if (!known) strange.push(`${name}: ${JSON.stringify(line)}`)
    }
  }
  return strange
}
