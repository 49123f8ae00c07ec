import { dirname } from 'node:path'
import { readLease } from './lease.ts'
import { sweep } from './sweep.ts'

/**
 * A process of its own that outlives the rehearsal: its standard input ends when the rehearsal closes the
 * lab or dies, however that happens, and then it removes the lab that the lease names as it is by then.
 */
async function guard(leaseFile: string): Promise<void> {
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.on('close', resolve).on('end', resolve))
  const lease = await readLease(leaseFile)
  if (lease !== undefined) await sweep(dirname(dirname(leaseFile)), lease)
}

await guard(process.argv[2] ?? '')
