import { readFile } from 'node:fs/promises'

/** Where distributions keep the authorities that this host trusts, all in one file. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem'
]

export async function certificatesOfHost(): Promise<string[]> {
  for (const file of [process.env['SSL_CERT_FILE'], ...bundles]) {
    const text =
      file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return certificatesIn(text)
  }
  return []
}

/** Each certificate of a PEM bundle, without the comments between them. */
export function certificatesIn(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
}

/**
 * The authorities that `host` trusts and a stock Debian does not: a company's proxy, for instance, that
 * signs anew what it lets through. Without them nothing could be fetched by HTTPS.
 */
export function ownAuthorities(host: readonly string[], stock: readonly string[]): string[] {
  const known = new Set(stock.map(essence))
  return host.filter((certificate) => !known.has(essence(certificate)))
}

function essence(certificate: string): string {
  return certificate.replaceAll(/\s/g, '')
}
