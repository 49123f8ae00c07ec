import { builtInPlugins } from '../src/cli/built-in-plugins.ts'
import { configSchema } from '../src/gateway/config/config-schema.ts'
import { describeExpected } from '../src/gateway/config/describe.ts'
import { leavesOf } from '../src/gateway/config/leaves.ts'
import { isSection, nodeOf, type SchemaNode } from '../src/gateway/config/schema-node.ts'

const INTRO = `# Options

Made from the schema by \`npm run docs\`: change an option there, not here.

An option is said in the configuration file (YAML or JSON, \`--config gateway.yaml\`), as a variable, or
as a flag. A flag wins over a variable, a variable over the file, the file over the default. Lists
are separated by commas in variables and flags. Lengths of time carry their unit: \`500ms\`, \`30s\`,
\`5m\`, \`1h\`. Relative paths in the file are meant from its folder. A secret has no flag, since everybody
can read the command line. \`GATEWAY_CONFIG\` names the file if \`--config\` does not.

Short flags: \`--marathon\` for \`--marathon-urls\`, \`--port\` for \`--proxy-port\`, \`--domain\` for
\`--routing-domains\`.
`

/** The page that tells every option: name, value, default, variable, flag, sentence. */
export function renderOptions(): string {
  const schema = configSchema(builtInPlugins)
  const names = new Map(leavesOf(schema).map((leaf) => [leaf.path.join('.'), leaf]))
  const sections = Object.entries(nodeOf(schema).properties ?? {}).map(([name, node]) => {
    const options = optionsOf(node, [name]).map(([path, option]) => {
      const leaf = names.get(path)
      const said = [leaf?.variable, leaf?.flag].filter((word) => word !== undefined)
      const by = said.length === 0 ? 'in the file only' : said.map(code).join(', ')
      const secret = option.secret === true ? ' A secret.' : ''
      return `### ${code(path)}

${option.description ?? ''}${secret}

- value: ${describeExpected(option)}
- default: ${defaultOf(option)}
- said by: ${by}
`
    })
    const about = isSection(node) && node.description !== undefined ? [node.description, ''] : []
    return [`## ${code(name)}`, '', ...about, ...options].join('\n')
  })
  return `${[INTRO, ...sections].join('\n').trimEnd()}\n`
}

function optionsOf(node: SchemaNode, path: readonly string[]): [string, SchemaNode][] {
  const name = path.join('.')
  if (isSection(node)) {
    return Object.entries(node.properties).flatMap(([key, child]) =>
      optionsOf(child, [...path, key])
    )
  }
  const { items } = node
  if (node.type !== 'array' || items === undefined || !isSection(items)) return [[name, node]]
  const parts = Object.entries(items.properties)
  const inner = parts.flatMap(([key, child]) =>
    optionsOf(child, [...path.slice(0, -1), `${path.at(-1)}[]`, key])
  )
  return [[name, node], ...inner]
}

function defaultOf({ default: value }: SchemaNode): string {
  if (value === undefined) return 'none; has to be given'
  if (value === '') return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : code(value.join(', '))
  return code(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function code(text: string): string {
  return `\`${text}\``
}
