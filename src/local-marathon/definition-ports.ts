import type { Container, Network, PortDefinition, PortMapping } from './definition.ts'
import { isObject, type Json } from './definition-shape.ts'

/** Gives the service port for index `i` when the definition leaves it open. */
export type ServicePortOf = (index: number) => number

const LEGACY_NETWORKS: Readonly<Record<string, Network>> = {
  HOST: { mode: 'host' },
  BRIDGE: { mode: 'container/bridge' },
  USER: { mode: 'container' }
}

const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : [])

const numberOr = (value: unknown, fallback: number): number =>
  typeof value === 'number' ? value : fallback

function labelsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {}
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]))
}

/** Networks of either API generation; absent means host. */
export function networksOf(body: Json): Network[] {
  const given = objects(body['networks'])
  if (given.length > 0) {
    return given.map((network) => ({ mode: 'container', ...network }) as Network)
  }
  const container = isObject(body['container']) ? body['container'] : {}
  const docker = isObject(container['docker']) ? container['docker'] : {}
  const legacy = LEGACY_NETWORKS[String(docker['network'])]
  const ip = isObject(body['ipAddress']) ? body['ipAddress'] : undefined
  if (ip === undefined) return [legacy ?? { mode: 'host' }]
  const name = ip['networkName']
  return [{ mode: 'container', ...(typeof name === 'string' ? { name } : {}) }]
}

function named(item: Json): { name?: string } {
  return typeof item['name'] === 'string' ? { name: item['name'] } : {}
}

/** Port definitions of host mode; absent means one port, `[]` means none. */
export function portDefinitionsOf(body: Json, servicePortOf: ServicePortOf): PortDefinition[] {
  const { portDefinitions, ports } = body
  let given: Json[] = [{ port: 0, name: 'default' }]
  if (Array.isArray(ports)) given = ports.map((port) => ({ port: numberOr(port, 0) }))
  if (Array.isArray(portDefinitions)) given = objects(portDefinitions)
  return given.map((item, index) => ({
    port: numberOr(item['port'], 0) || servicePortOf(index),
    protocol: typeof item['protocol'] === 'string' ? item['protocol'] : 'tcp',
    ...named(item),
    labels: labelsOf(item['labels'])
  }))
}

function mappingOf(
  item: Json,
  index: number,
  bridge: boolean,
  servicePortOf: ServicePortOf
): PortMapping {
  const hostPort = typeof item['hostPort'] === 'number' ? item['hostPort'] : undefined
  return {
    containerPort: numberOr(item['containerPort'], 0),
    ...(bridge || hostPort !== undefined ? { hostPort: hostPort ?? 0 } : {}),
    servicePort: numberOr(item['servicePort'], 0) || servicePortOf(index),
    protocol: typeof item['protocol'] === 'string' ? item['protocol'] : 'tcp',
    ...named(item),
    labels: labelsOf(item['labels'])
  }
}

function givenMappings(body: Json, container: Json, docker: Json): Json[] {
  for (const list of [container['portMappings'], docker['portMappings']]) {
    if (Array.isArray(list)) return objects(list)
  }
  const ip = isObject(body['ipAddress']) ? body['ipAddress'] : {}
  const discovery = isObject(ip['discovery']) ? ip['discovery'] : {}
  const discovered = objects(discovery['ports'])
  if (discovered.length > 0) {
    return discovered.map((port) => ({ ...port, containerPort: port['number'] }))
  }
  return [{ containerPort: 0, name: 'default' }]
}

/** The container with its port mappings, which in host mode it never has. */
export function containerOf(
  body: Json,
  mode: Network['mode'],
  servicePortOf: ServicePortOf
): Container | undefined {
  const given = isObject(body['container']) ? body['container'] : undefined
  if (given === undefined && mode === 'host') return undefined
  const container = given ?? {}
  const docker = isObject(container['docker']) ? container['docker'] : undefined
  const { network: _network, portMappings: _mappings, ...dockerRest } = docker ?? {}
  const { portMappings: _own, docker: _docker, ...rest } = container
  return {
    ...rest,
    type: (container['type'] as Container['type']) ?? (docker ? 'DOCKER' : 'MESOS'),
    volumes: Array.isArray(container['volumes']) ? container['volumes'] : [],
    ...(docker
      ? {
          docker: {
            forcePullImage: false,
            parameters: [],
            privileged: false,
            ...dockerRest,
            image: String(docker['image'] ?? '')
          }
        }
      : {}),
    ...(mode === 'host'
      ? {}
      : {
          portMappings: givenMappings(body, container, docker ?? {}).map((item, index) =>
            mappingOf(item, index, mode === 'container/bridge', servicePortOf)
          )
        })
  }
}
