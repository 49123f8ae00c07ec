import { Type } from 'typebox'

const strict = { additionalProperties: false } as const

const limits = Type.Object(
  {
    routes: Type.Integer({
      default: 100_000,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Most routes of all apps; those with the last ids are left out.'
    }),
    routesPerApp: Type.Integer({
      default: 256,
      minimum: 1,
      maximum: 6400,
      description: 'Most routes that the labels of one app may ask for.'
    }),
    hosts: Type.Integer({
      default: 64,
      minimum: 1,
      maximum: 1000,
      description: 'Most hosts of one label.'
    }),
    labelBytes: Type.Integer({
      default: 4096,
      minimum: 256,
      maximum: 65_536,
      description: 'Longest value of a label, in characters; a longer one is ignored.'
    })
  },
  {
    ...strict,
    description: 'What apps may ask for: more is a problem that names app, label and limit.'
  }
)

export const routing = Type.Object(
  {
    domains: Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: '^[^\\s/:@]+$' }), {
      default: ['local', 'localhost'],
      maxItems: 100,
      expected: 'a domain such as example.com',
      description:
        'Domains under which apps answer without a label: `/shop/api` at `api.shop.<domain>`.'
    }),
    path: Type.String({
      default: '',
      pattern: '^(/[^\\s?#]*)?$',
      expected: 'empty, or a path such as /{id}',
      description:
        'Path at which every exposed app answers too, with `{id}` for its id; the prefix is stripped. Empty: none.'
    }),
    expose: Type.Union([Type.Literal('all'), Type.Literal('labelled')], {
      default: 'all',
      description:
        'Which apps get a route: `all`, or only those with a label that says so (`labelled`).'
    }),
    groups: Type.Array(Type.String({ maxLength: 200 }), {
      default: [],
      maxItems: 100,
      expected: 'the name of a group',
      description:
        'Serve only apps whose label `gateway.group` names one of these; `*` stands for every app, an empty name for apps without the label. Empty list: every app.'
    }),
    unreachable: Type.Union(
      [Type.Literal('last-resort'), Type.Literal('out'), Type.Literal('in')],
      {
        default: 'last-resort',
        description:
          'What becomes of a task whose agent lost contact: used only when no other is left, taken out, or kept in.'
      }
    ),
    limits,
    stickyKey: Type.String({
      default: '',
      secret: true,
      description:
        'Secret from which the values of sticky cookies are made; the same on all gateways of a site. Empty: they are made from the task id alone.'
    }),
    marathonLb: Type.Boolean({
      default: true,
      description:
        'Read the labels of marathon-lb (`HAPROXY_…`) as well. An app without such labels is not touched by this.'
    }),
    picker: Type.String({
      default: 'round-robin',
      minLength: 1,
      maxLength: 100,
      description: 'Picker of services that name none by label.'
    })
  },
  { ...strict, description: 'Which apps answer, where, and by which of their tasks.' }
)
