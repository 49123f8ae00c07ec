import { gatewayErrors } from '../src/gateway/http/errors.ts'

const INTRO = `# Errors

Made from \`src/gateway/http/errors.ts\` by \`npm run docs\`.

Every answer that the gateway itself gives, and not a task, has one of these codes. The body tells code
and sentence as text, HTML or JSON, whichever the client prefers; it never names an inner address. A
code keeps its meaning for ever. \`GW_INTERNAL\` names the fault in the log, too (\`fault\` there).

| code | status | sentence |
|---|---|---|
`

/** The page that tells every code the gateway answers with. */
export function renderErrors(): string {
  const rows = Object.values(gatewayErrors)
    .map(({ code, message, status }) => ({ code, message, status }))
    .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
    .map(({ code, message, status }) => `| \`${code}\` | ${status} | ${message} |`)
  return `${INTRO}${rows.join('\n')}\n`
}
