import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import Type from 'typebox'
import { ConfigError } from '../../../src/gateway/config/config-error.ts'
import { configSchema } from '../../../src/gateway/config/config-schema.ts'
import { leavesOf } from '../../../src/gateway/config/leaves.ts'
import { loadConfig, parseCoreConfig } from '../../../src/gateway/config/load-config.ts'
import { choicesOf, type SchemaNode } from '../../../src/gateway/config/schema-node.ts'
import { definePlugin } from '../../../src/gateway/plugin.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const doorPlugin = definePlugin({
  name: 'door',
  options: Type.Object(
    {
      port: Type.Integer({ default: 80, minimum: 0, maximum: 65_535, description: 'Port.' }),
      open: Type.Boolean({ default: false, description: 'Open.' }),
      share: Type.Number({ default: 0.5, minimum: 0, maximum: 1, description: 'Share.' }),
      token: Type.String({ default: '', secret: true, maxLength: 5, description: 'Token.' }),
      colours: Type.Array(Type.Union([Type.Literal('red'), Type.Literal('blue')]), {
        default: [],
        description: 'Colours.'
      })
    },
    { additionalProperties: false }
  ),
  register() {}
})
const plugins = [doorPlugin]

test('loadConfig: without any input every option has its default', async () => {
  const { core, sections } = await loadConfig({ plugins })
  assert.deepEqual(core.routing.domains, ['local', 'localhost'])
  assert.equal(core.shutdown.timeout, '30s')
  assert.deepEqual(sections, {
    door: { port: 80, open: false, share: 0.5, token: '', colours: [] }
  })
})

describe('loadConfig: a flag wins over a variable, that over the file, that over the default', () => {
  const sources = ['flag', 'variable', 'file'] as const
  const cases = [
    { given: ['flag', 'variable', 'file'], port: 1 },
    { given: ['variable', 'file'], port: 2 },
    { given: ['flag', 'file'], port: 1 },
    { given: ['file'], port: 3 },
    { given: [], port: 80 }
  ] as const satisfies { given: readonly (typeof sources)[number][]; port: number }[]
  for (const { given, port } of cases) {
    test(`${given.join(', ') || 'nothing'} gives ${port}`, async (t) => {
      const has = (source: (typeof sources)[number]) =>
        (given as readonly string[]).includes(source)
      const folder = await tempFolder(t, { 'gateway.yaml': 'door:\n  port: 3\n' })
      const { sections } = await loadConfig({
        plugins,
        file: has('file') ? join(folder, 'gateway.yaml') : undefined,
        env: has('variable') ? { GATEWAY_DOOR_PORT: '2' } : {},
        flags: new Map(has('flag') ? [['--door-port', '1']] : [])
      })
      assert.equal((sections['door'] as { port: number }).port, port)
    })
  }
})

test('loadConfig: GATEWAY_CONFIG names the file unless the caller does', async (t) => {
  const folder = await tempFolder(t, { 'a.yaml': 'log: { level: warn }', 'b.json': '{"log":{}}' })
  const env = { GATEWAY_CONFIG: join(folder, 'a.yaml') }
  assert.equal((await loadConfig({ plugins, env })).core.log.level, 'warn')
  const file = join(folder, 'b.json')
  assert.equal((await loadConfig({ plugins, env, file })).core.log.level, 'info')
})

test('loadConfig: paths of a file are meant from its folder, other paths stay', async (t) => {
  const folder = await tempFolder(t, {
    'etc/gateway.yaml': 'marathon: { caFile: ca.pem, auth: { tokenFile: /run/token } }'
  })
  const file = join(folder, 'etc/gateway.yaml')
  const { core, ...config } = await loadConfig({ plugins, file, env: { GATEWAY_STATE_FILE: 's' } })
  assert.equal(core.marathon.caFile, join(folder, 'etc/ca.pem'))
  assert.equal(core.marathon.auth.tokenFile, '/run/token')
  assert.equal(core.state.file, 's')
  assert.equal(config.folder, join(folder, 'etc'))
})

const wrongFiles = [
  {
    name: 'an unknown section',
    text: 'rooting: {}',
    lines: ['1: rooting: unknown option; did you mean routing?']
  },
  {
    name: 'an unknown option, by its own line',
    text: 'log:\n  level: info\nrouting:\n\n  domain: [a]',
    lines: ['5: routing.domain: unknown option; did you mean routing.domains?']
  },
  {
    name: 'an unknown option of a plugin',
    text: 'door: { prot: 1 }',
    lines: ['1: door.prot: unknown option; did you mean door.port?']
  },
  {
    name: 'names of the language as options',
    text: '{"__proto__": {"a": 1}, "constructor": 1, "log": {"toString": 1}}',
    lines: [
      '1: __proto__: unknown option; did you mean marathon?',
      '1: constructor: unknown option; did you mean state?',
      '1: log.toString: unknown option; did you mean log.level?'
    ]
  },
  {
    name: 'all faults at once',
    text: 'door:\n  port: 65536\n  open: yes please\n  share: 2\n  colours: [red, green]\nlog: 3\nshutdown: { delay: 5, timeout: 5x }\nmarathon: { urls: http://one }\nrouting: { domains: [""] , groups: [1], path: x }',
    lines: [
      '8: marathon.urls: must be a list of at most 20 entries, each an address such as http://marathon:8080, without credentials, found "http://one"',
      '9: routing.domains.0: must be a domain such as example.com, found ""',
      '9: routing.path: must be empty, or a path such as /{id}, found "x"',
      '9: routing.groups.0: must be the name of a group, found 1',
      '7: shutdown.delay: must be a duration such as 500ms, 30s, 5m or 1h, found 5',
      '7: shutdown.timeout: must be a duration such as 500ms, 30s, 5m or 1h, found "5x"',
      '6: log: must be a section with named options, found 3',
      '2: door.port: must be a whole number from 0 to 65535, found 65536',
      '3: door.open: must be true or false, found "yes please"',
      '4: door.share: must be a number from 0 to 1, found 2',
      '5: door.colours.1: must be one of red, blue, found "green"'
    ]
  },
  {
    name: 'an option without a value',
    text: 'log:\n  level:\n',
    lines: [
      '2: log.level: must be one of silent, fatal, error, warn, info, debug, trace, found nothing'
    ]
  },
  {
    name: 'a secret without showing it',
    text: 'door: { token: sesame-open }',
    lines: ['1: door.token: must be a text of at most 5 characters, found something else']
  },
  {
    name: 'credentials in an address without showing them',
    text: 'marathon: { urls: ["http://me:sesame@host"] }',
    lines: [
      '1: marathon.urls.0: must be an address such as http://marathon:8080, without credentials, found "http://…@host"'
    ]
  },
  {
    name: 'a plugin without a path',
    text: 'plugins:\n  - path: a.js\n  - option: {}\n',
    lines: [
      '3: plugins.1.option: unknown option; did you mean plugins.1.options?',
      '3: plugins.1.path: is missing'
    ]
  },
  { name: 'a key given twice', text: 'log: {}\nlog: {}', lines: ['2: Map keys must be unique'] },
  {
    name: 'a list instead of sections',
    text: '- a',
    lines: [': must be a section with named options, found a list of 1']
  }
] as const

describe('loadConfig: a wrong file is told with line, option and what was expected', () => {
  for (const { name, text, lines } of wrongFiles) {
    test(name, async (t) => {
      const folder = await tempFolder(t, { 'gateway.yaml': text })
      const file = join(folder, 'gateway.yaml')
      await assert.rejects(loadConfig({ plugins, file }), (error) => {
        assert.ok(error instanceof ConfigError)
        assert.equal(error.code, 'GW_CONFIG_INVALID')
        const told = error.lines.map((line) => line.replace(`${file}:`, '').replace(/^ /, ': '))
        assert.deepEqual(told, lines)
        return true
      })
    })
  }
})

test('loadConfig: a section with nothing but comments is as good as none', async (t) => {
  const folder = await tempFolder(t, { 'gateway.yaml': 'log:\n  # level: debug\ndoor:\n' })
  const { core } = await loadConfig({ plugins, file: join(folder, 'gateway.yaml') })
  assert.equal(core.log.level, 'info')
})

test('loadConfig: a file that is not there, a folder, and a bomb are one line each', async (t) => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replaceAll(/./g, (name, at: number) => {
    const before = 'abcdefgh'[at]
    return `${name}: &${name} [${`*${before},`.repeat(8)}*${before}]\n`
  })}`
  const folder = await tempFolder(t, { 'bomb.yaml': bomb, 'big.yaml': `#${'x'.repeat(1 << 20)}` })
  const cases = [
    ['none.yaml', /none\.yaml: no such file$/],
    ['.', /: is a folder, not a file$/],
    ['bomb.yaml', /bomb\.yaml: Excessive alias count/],
    ['big.yaml', /big\.yaml: larger than 1 MiB/]
  ] as const
  for (const [name, message] of cases) {
    const error = await loadConfig({ plugins, file: join(folder, name) }).catch((cause) => cause)
    assert.ok(error instanceof ConfigError)
    assert.equal(error.lines.length, 1)
    assert.match(error.message, message)
  }
})

const wrongWords = [
  [
    { GATEWAY_DOOR_PROT: '1' },
    'GATEWAY_DOOR_PROT: unknown variable; did you mean GATEWAY_DOOR_PORT?'
  ],
  [
    { GATEWAY_DOOR_PORT: '1e3' },
    'GATEWAY_DOOR_PORT: door.port: must be a whole number from 0 to 65535, found "1e3"'
  ],
  [
    { GATEWAY_DOOR_PORT: '' },
    'GATEWAY_DOOR_PORT: door.port: must be a whole number from 0 to 65535, found ""'
  ],
  [
    { GATEWAY_DOOR_OPEN: 'yes' },
    'GATEWAY_DOOR_OPEN: door.open: must be true or false, found "yes"'
  ],
  [
    { GATEWAY_DOOR_TOKEN: 'sesame-open' },
    'GATEWAY_DOOR_TOKEN: door.token: must be a text of at most 5 characters, found something else'
  ],
  [
    { GATEWAY_DOOR_COLOURS: 'red, grey' },
    'GATEWAY_DOOR_COLOURS: door.colours.1: must be one of red, blue, found "grey"'
  ]
] as const

for (const [env, line] of wrongWords) {
  test(`loadConfig: ${line}`, async () => {
    await assert.rejects(loadConfig({ plugins, env }), { lines: [line] })
  })
}

describe('loadConfig: every option can be said as a variable, and as a flag unless it is a secret', () => {
  const leaves = leavesOf(configSchema(plugins))
  const names = leaves.flatMap(({ variable, flag }) => [variable, flag ?? variable + flag])

  test('their names are unique', () => assert.equal(new Set(names).size, leaves.length * 2))

  for (const { path, node, variable, flag } of leaves) {
    test(`${path.join('.')} by ${variable}`, async () => {
      const { text, value } = sampleOf(node)
      const { core, sections } = await loadConfig({ plugins, env: { [variable]: text } })
      assert.deepEqual(valueAt({ ...core, ...sections }, path), value)
    })
    if (node.secret === true) {
      test(`${path.join('.')} has no flag`, () => assert.equal(flag, undefined))
      continue
    }
    test(`${path.join('.')} by ${flag}`, async () => {
      const { text, value } = sampleOf(node)
      const { core, sections } = await loadConfig({ plugins, flags: new Map([[flag ?? '', text]]) })
      assert.deepEqual(valueAt({ ...core, ...sections }, path), value)
    })
  }
})

test('leavesOf: names follow the path', () => {
  const leaf = leavesOf(configSchema([])).find(({ path }) => path.at(-1) === 'serviceAccountFile')
  assert.equal(leaf?.variable, 'GATEWAY_MARATHON_AUTH_SERVICE_ACCOUNT_FILE')
  assert.equal(leaf?.flag, '--marathon-auth-service-account-file')
})

test('configSchema: a plugin can’t take the section of another one or of the kernel', () => {
  assert.throws(() => configSchema([doorPlugin, doorPlugin]), /are called door/)
  assert.throws(() => configSchema([{ ...doorPlugin, name: 'routing' }]), /are called routing/)
})

test('parseCoreConfig: whatever comes in is a complete configuration or a ConfigError', () => {
  const inputs = fc.oneof(
    fc.anything(),
    fc.record(
      { routing: fc.anything(), log: fc.object(), plugins: fc.array(fc.object()) },
      { requiredKeys: [] }
    )
  )
  fc.assert(
    fc.property(inputs, (input) => {
      try {
        assert.equal(typeof parseCoreConfig(input).shutdown.delay, 'string')
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error))
        assert.ok(error.lines.length > 0)
      }
    })
  )
})

/** A value that fits and is not the default, and the word for it. */
function sampleOf(node: SchemaNode): { text: string; value: unknown } {
  const choices = node.anyOf?.map((option) => option.const)
  if (choices !== undefined) {
    const other = `${choices.find((choice) => choice !== undefined && choice !== node.default)}`
    return { text: other, value: other }
  }
  if (node.type === 'array') {
    if (choicesOf(node.items ?? {}) === undefined) {
      const item = node.items?.pattern?.startsWith('^https') ? 'http://m:8080' : 'abc'
      return { text: `${item}, ${item}`, value: [item, item] }
    }
    const { text, value } = sampleOf({ ...node.items })
    return { text, value: [value] }
  }
  if (node.type === 'boolean') return { text: String(!node.default), value: !node.default }
  if (node.type === 'integer' || node.type === 'number') {
    const value = (node.minimum ?? 0) + 1
    return { text: `${value}`, value }
  }
  if (node.duration === true) return { text: '7s', value: '7s' }
  return { text: '/abc', value: '/abc' }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => Reflect.get(Object(at), key), value)
}
