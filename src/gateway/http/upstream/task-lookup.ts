import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isLinkLocal } from '../../model/task-addresses.ts'

/**
 * Looks up the name of an agent, and forgets link-local addresses: whoever owns a name must not lead
 * requests to what only this machine can reach.
 */
export const taskLookup: LookupFunction = (name, options, done) => {
  lookup(name, { ...options, all: true }, (error, found) => {
    const usable = error === null ? found.filter(isUsable) : []
    const [first] = usable
    if (first === undefined) done(error ?? noAddress(name), '', 0)
    else if (options.all === true) done(null, usable)
    else done(null, first.address, first.family)
  })
}

function isUsable({ address, family }: LookupAddress): boolean {
  return !isLinkLocal(address.toLowerCase(), family)
}

function noAddress(name: string): NodeJS.ErrnoException {
  const error = new Error(`${name} has link-local addresses alone`)
  return Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name })
}
