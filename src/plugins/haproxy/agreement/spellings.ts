/** Host headers for a normalised host or pattern: equal spellings first, then neighbours and malformed ones. */
export function hostSpellings(host: string | undefined): readonly string[] {
  if (host === undefined) return ['unknown.test', 'a.b.unknown.test', 'localhost', '10.1.2.3']
  if (host.startsWith('[')) return literalSpellings(host)
  if (host.startsWith('*.')) return wildcardSpellings(host.slice(2))
  const rest = host.slice(host.indexOf('.') + 1)
  return [
    host,
    host.toUpperCase(),
    `${host}.`,
    `${host}:80`,
    `${host.toUpperCase()}.:8443`,
    `sub.${host}`,
    `a.b.${host}`,
    `x${host}`,
    `${host}x`,
    `other.${rest}`,
    rest,
    `${host}..`,
    `${host}:65536`,
    `${host}:`,
    `${host},${host}`,
    `user@${host}`,
    `.${host}`
  ]
}

function wildcardSpellings(rest: string): readonly string[] {
  return [
    `any.${rest}`,
    `ANY.${rest.toUpperCase()}.:81`,
    rest,
    `two.any.${rest}`,
    `x-1.${rest}.`,
    `*.${rest}`,
    `.${rest}`
  ]
}

function literalSpellings(host: string): readonly string[] {
  const bare = host.slice(1, -1)
  const long = bare.replace('::', bare.startsWith('::') ? '0::' : ':0::')
  return [host, host.toUpperCase(), `${host}:80`, `[${long}]`, bare, `[${bare}`, `${host}.`]
}

/** Targets for a path key: equal spellings first, then what is just beside it or ambiguous. */
export function pathSpellings(key: string): readonly string[] {
  const path = key === '/' ? '' : key
  return [
    key,
    `${path}/`,
    `${path}/deeper`,
    `${path}/deeper/still?x=1&y=%2F`,
    `${path}?q=${path}/..`,
    `${key}x`,
    `/${key}`,
    `${path.replaceAll('/', '//')}//deeper`,
    encodeLetter(key, 'upper'),
    `${encodeLetter(key, 'lower')}/%7euser`,
    path.replace(/(.)\//, '$1%2F') || '/%2F',
    `${path}%2fdeeper`,
    parentOf(path),
    `/before${key}`,
    key.toUpperCase(),
    `${path};v=1`,
    `${path}/a;b=c/(d)!$&'*+,=:@`,
    `${path}/./deeper`,
    `${path}/../deeper`,
    `${path}/%2e%2E/deeper`,
    `${path}/...`,
    `${path}/.hidden`,
    `${path}/%zz`,
    `${path}/100%`,
    `${path}/%00`,
    `${path}/%5Cx`,
    `${path}/a%20b%C3%A4`,
    `${path}/a^b`,
    `${path}/a"b<c>`,
    `${path}/a\\b`
  ]
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '/'
}

/** Percent-encodes the last unreserved character that no escape needs. */
function encodeLetter(key: string, letterCase: 'upper' | 'lower'): string {
  const found = /^(.*[^%]|)([A-Za-z0-9._~-])((?:[^A-Za-z0-9._~%-])*)$/.exec(key)
  if (found === null || /%.?$/.test(found[1] ?? '')) return key
  const [, before = '', letter = '', after = ''] = found
  const hex = letter.charCodeAt(0).toString(16)
  return `${before}%${letterCase === 'upper' ? hex.toUpperCase() : hex}${after}`
}
