import { type Static, Type } from 'typebox'
import { Duration } from '../../gateway/config/duration.ts'
import { PortRange } from './port-range.ts'

export const haproxyOptions = Type.Object(
  {
    binary: Type.String({
      default: 'haproxy',
      minLength: 1,
      maxLength: 4096,
      description: 'The program `haproxy`, by name or path. It is asked what it can do.'
    }),
    folder: Type.String({
      default: '/run/marathon-gateway/haproxy',
      file: true,
      minLength: 1,
      maxLength: 1000,
      description: 'Folder for haproxy.cfg, its maps and sockets; made if it is missing.'
    }),
    socket: Type.String({
      default: '',
      file: true,
      maxLength: 100,
      description:
        'Runtime API socket of an HAProxy that somebody else runs with the files of `haproxy.folder`. Empty: the gateway starts one of its own.'
    }),
    reloadCommand: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
      default: [],
      maxItems: 100,
      itemsAre: 'a word of the command',
      description:
        'Command that reloads an HAProxy that somebody else runs, word by word; no shell reads it.'
    }),
    spares: Type.Integer({
      default: 8,
      minimum: 0,
      maximum: 1000,
      description:
        'Spare backends for each kind of settings that HAProxy can’t make backends of at run time (before 3.4 all, then those with a sticky cookie), so that new apps need no reload.'
    }),
    reloadEvery: Duration({
      default: '10s',
      minimum: '1s',
      description: 'Shortest time between two reloads.'
    }),
    compareEvery: Duration({
      default: '60s',
      minimum: '1s',
      description: 'How often all that HAProxy runs is compared with the table, and repaired.'
    }),
    hardStop: Duration({
      default: '10m',
      minimum: '1s',
      description: 'How long a replaced worker may go on with its connections.'
    }),
    stopWithGateway: Type.Boolean({
      default: true,
      description:
        'End the own HAProxy when the gateway is stopped. A gateway that crashes leaves it running in any case, and adopts it when it is back.'
    }),
    servicePorts: Type.Boolean({
      default: false,
      description:
        'One listener for each Marathon service port, beside routing by host: TCP, or HTTP where labels of marathon-lb make it so.'
    }),
    servicePortRange: PortRange({
      default: '1024-65535',
      description:
        'Service ports that apps may have, as `10000-20000`; others are reported and not opened. An app chooses its port by itself: leave out those that other programs of the machine will need.'
    }),
    tlsPort: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of a TLS listener with `haproxy.certificates`. 0: none.'
    }),
    certificates: Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), {
      default: [],
      maxItems: 1000,
      itemsAre: 'the absolute path of a PEM file or folder',
      description:
        'PEM files with certificate and key, or folders of them, for the TLS listener. Apps choose among them for their service ports (`HAPROXY_{n}_SSL_CERT`).'
    })
  },
  {
    additionalProperties: false,
    description:
      'HAProxy in front, with `plane: haproxy` or `both`; what it listens on is in section `proxy`.'
  }
)

export type HaproxyOptions = Static<typeof haproxyOptions>
