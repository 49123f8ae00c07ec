import { type Static, Type } from 'typebox'

export const adminOptions = Type.Object(
  {
    host: Type.String({
      default: '127.0.0.1',
      minLength: 1,
      maxLength: 255,
      description: 'Address the admin side listens on. Reachable by strangers only with a token.'
    }),
    port: Type.Integer({
      default: 9090,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the admin side. 0: any free one.'
    }),
    hostNames: Type.Array(
      Type.String({
        minLength: 1,
        maxLength: 253,
        pattern: '^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$'
      }),
      {
        default: [],
        maxItems: 100,
        expected: 'a host name such as gateway.example.com',
        description:
          'Names by which the admin side may be asked, beside addresses, `localhost` and the name of this machine. All others are refused, as a page of a stranger could give its name the address of the admin side (DNS rebinding).'
      }
    ),
    token: Type.String({
      default: '',
      secret: true,
      maxLength: 1024,
      description:
        'Secret that the admin side asks for, as bearer token or as password of any user. Empty: none asked for. Better kept in a file.'
    }),
    tokenFile: Type.String({
      default: '',
      file: true,
      description: 'File that holds the token.'
    }),
    marathonUrl: Type.String({
      default: '',
      pattern: '^(|https?://[^/?#@\\s]+(/[^?#\\s]*)?)$',
      expected: 'empty, or an address such as http://marathon:8080',
      description:
        'Marathon whose own page and API appear under `/marathon/`. Empty: the first of `marathon.urls`. Only with a token: any task on the machine could read every app’s environment there.'
    }),
    marathonAuthorization: Type.String({
      default: '',
      secret: true,
      maxLength: 8192,
      pattern: '^[\\t\\x20-\\x7e]*$',
      expected: 'the value of an Authorization header',
      description:
        'Authorization header that Marathon is asked with under `/marathon/`. Empty: made from `marathon.auth` where that is a user or a token, unless `admin.marathonUrl` names another Marathon.'
    }),
    marathonCaFile: Type.String({
      default: '',
      file: true,
      description:
        'PEM file of the authority that signed the certificate of the Marathon under `/marathon/`. Empty: `marathon.caFile`, unless `admin.marathonUrl` names another Marathon; else those of Node.'
    }),
    marathonInsecureSkipVerify: Type.Boolean({
      default: false,
      description:
        'Take any certificate of the Marathon under `/marathon/`; so does `marathon.insecureSkipVerify`, unless `admin.marathonUrl` names another Marathon. For trials only: anybody in between can pose as it.'
    }),
    marathonWithoutToken: Type.Boolean({
      default: false,
      description: 'Show `/marathon/` without a token. For demos on a machine of your own.'
    })
  },
  { additionalProperties: false, description: 'The operators’ side, on a port of its own.' }
)

export type AdminOptions = Static<typeof adminOptions>
