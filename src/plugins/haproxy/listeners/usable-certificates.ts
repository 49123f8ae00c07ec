import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { isAllowedCertificate } from '../render/certificates.ts'

/** Says which of some files HAProxy can show as certificates; a file is read again when it changed. */
export type LookUpCertificates = (files: Iterable<string>) => Promise<ReadonlySet<string>>

const MOST_BYTES = 1024 * 1024

/** @param allowed files and folders that may be looked at; nothing else is */
export function createCertificateLook(allowed: readonly string[]): LookUpCertificates {
  let known = new Map<string, { readonly stamp: string; readonly isUsable: boolean }>()
  return async (files) => {
    const next = new Map<string, { readonly stamp: string; readonly isUsable: boolean }>()
    for (const file of new Set(files)) {
      if (!isAllowedCertificate(file, allowed)) continue
      const stamp = `${await stampOf(file)} ${await stampOf(`${file}.key`)}`
      const before = known.get(file)
      const isSame = before?.stamp === stamp
      next.set(file, isSame ? before : { stamp, isUsable: await holdsCertificate(file) })
    }
    known = next
    return new Set([...next].flatMap(([file, { isUsable }]) => (isUsable ? [file] : [])))
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return ''
  }
}

/** A file that HAProxy would not load keeps all others from being loaded, so it is tried before. */
async function holdsCertificate(file: string): Promise<boolean> {
  try {
    const cert = await readPem(file)
    const hasKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert)
    createSecureContext({ cert, key: hasKey ? cert : await readPem(`${file}.key`) })
    return true
  } catch {
    return false
  }
}

async function readPem(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size > MOST_BYTES) throw new Error(`${file} is too large for a certificate`)
  return readFile(file, 'latin1')
}
