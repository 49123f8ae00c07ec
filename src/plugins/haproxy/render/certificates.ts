import { dirname } from 'node:path'
import type { ServicePortOptions } from './options.ts'
import { isFilePath } from './words.ts'

/**
 * Whether a label may choose a file: the operator named it, or the folder it is directly in. Compared as
 * it is written, so that no `..` leads elsewhere.
 */
export function isAllowedCertificate(file: string, allowed: readonly string[]): boolean {
  if (!isFilePath(file)) return false
  const folder = dirname(file)
  return allowed.some((one) => one === file || withoutSlash(one) === folder)
}

/** Why a listener can't show this certificate; undefined when it can. */
export function certificateFault(
  file: string,
  { certificates = [], certificateFiles }: ServicePortOptions
): string | undefined {
  if (certificates.length === 0) return 'haproxy.certificates names no file that it could have'
  if (!isAllowedCertificate(file, certificates)) {
    return 'the file is neither named in haproxy.certificates nor in a folder named there'
  }
  return certificateFiles?.has(file) ? undefined : 'the file holds no certificate with its key'
}

function withoutSlash(folder: string): string {
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}
