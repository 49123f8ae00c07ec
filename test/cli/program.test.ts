import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Context } from '../../src/cli/context.ts'
import { commands, runProgram } from '../../src/cli/program.ts'
import { runToEnd } from '../support/program.ts'

const root = join(import.meta.dirname, '../..')

/** Runs a command line in this process and keeps what it said. */
async function say(args: readonly string[], env: Context['env'] = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const context = {
    env,
    colours: false,
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line)
  }
  const code = await runProgram(args, context)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

test('marathon-gateway --version: the version of the package, exit code 0', async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.deepEqual(await runToEnd(t, ['--version']), { code: 0, out: `${version}\n`, err: '' })
})

test('marathon-gateway without a command: the help, exit code 2', async () => {
  const { code, err } = await say([])
  assert.equal(code, 2)
  assert.match(err, /^Usage: marathon-gateway/)
})

describe('marathon-gateway COMMAND --help: what it does, with examples', () => {
  for (const { name, examples } of commands) {
    test(name, async () => {
      const { code, out, err } = await say([name, '--help'])
      assert.equal(code, 0)
      assert.equal(err, '')
      assert.ok(examples.length > 0)
      for (const example of examples)
        assert.ok(out.includes(`marathon-gateway ${example}`), example)
    })
  }
})

const usages = [
  [['chekc'], "unknown command 'chekc' (Did you mean check?)"],
  [['check', '--prot', '1'], "unknown option '--prot' (Did you mean --port?)"],
  [['check', 'x'], "too many arguments for 'check'. Expected 0 arguments but got 1."],
  [['check', '--port'], "option '--port <number>' argument missing"],
  [
    ['demo', '--port', '0'],
    "option '--port <number>' argument '0' is invalid. Expected a whole number from 1 to 65535."
  ],
  [
    ['run', '--admin-token', 'sesame'],
    '--admin-token: everybody can read the command line; set GATEWAY_ADMIN_TOKEN or admin.token in the file'
  ],
  [['explain'], 'say what to explain: a URL, or --host and --path'],
  [['explain', 'http://a/', '--path', '/'], 'either a URL, or --host and --path, not both'],
  [['explain', '/x'], '/x names no host'],
  [['explain', 'a', '--header', 'x'], '--header x: expected name=value']
] as const

describe('marathon-gateway: wrong usage is one line and exit code 2', () => {
  for (const [args, line] of usages) {
    test(args.join(' '), async () => {
      assert.deepEqual(await say(args), { code: 2, out: '', err: line })
    })
  }
})

describe('marathon-gateway: a failure is one line and exit code 1', () => {
  const failures = [
    {
      name: 'run without a source',
      args: ['run'],
      line: /^nothing to route to: say where Marathon is with --marathon /
    },
    {
      name: 'an unknown variable',
      args: ['check'],
      env: { GATEWAY_PROXY_PROT: '1' },
      line: /^GATEWAY_PROXY_PROT: unknown variable; did you mean GATEWAY_PROXY_PORT\?$/
    },
    {
      name: 'a configuration that is not there',
      args: ['run', '--config', 'none.yaml'],
      line: /^none\.yaml: no such file$/
    },
    {
      name: 'no gateway to ask',
      args: ['routes', '--admin', 'http://127.0.0.1:1'],
      line: /^no gateway answers at http:\/\/127\.0\.0\.1:1: /
    },
    {
      name: 'no Marathon to read',
      args: ['routes', '--marathon', 'http://127.0.0.1:1'],
      line: /^marathon: http:\/\/127\.0\.0\.1:1: /
    },
    {
      name: 'two ways to log in at Marathon',
      args: ['run', '--marathon', 'http://127.0.0.1:1', '--marathon-auth-user', 'me'],
      env: { GATEWAY_MARATHON_AUTH_TOKEN: 'sesame' },
      line: /^configuration: marathon\.auth: name one way: a user, a token, or a service account$/
    },
    {
      name: 'a password file that is not there',
      args: ['run', '--marathon', 'http://a', '--marathon-auth-user', 'me'],
      env: { GATEWAY_MARATHON_AUTH_PASSWORD_FILE: '/none' },
      line: /^GATEWAY_MARATHON_AUTH_PASSWORD_FILE: marathon\.auth\.passwordFile: \/none: no such file$/
    }
  ] as const
  for (const { name, args, line, ...given } of failures) {
    test(name, async () => {
      const { code, out, err } = await say(args, 'env' in given ? given.env : {})
      assert.match(err, line)
      assert.equal(err.includes('\n'), false)
      assert.deepEqual({ code, out }, { code: 1, out: '' })
    })
  }

  test('--debug adds the stack', async () => {
    const { code, err } = await say(['routes', '--admin', 'http://127.0.0.1:1', '--debug'])
    assert.equal(code, 1)
    assert.match(err, /\n {4}at /)
  })
})
