import { writeSync } from 'node:fs'
import type { Faults } from '../gateway/faults.ts'
import { exitCodes } from './context.ts'

const STDERR = 2

/**
 * What escapes everybody else's care (an error that nobody catches, a promise that nobody waits for) is
 * noted, and the process goes on: other requests have nothing to do with it. Only a process that can't get memory
 * ends, with a last line on standard error: nothing that it does can be trusted. (V8 itself ends one whose
 * heap is full, in the same way, with exit code 134.)
 *
 * @returns leaves such errors to Node again
 */
export function outlastFaults(note: Faults['note']): () => void {
  process.setUncaughtExceptionCaptureCallback((error) => {
    if (isOutOfMemory(error)) end(error)
    else note('process', error)
  })
  return () => process.setUncaughtExceptionCaptureCallback(null)
}

/** Both are Node's: of a buffer, and of what its own engine needs. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code: unknown = Reflect.get(error, 'code')
  return (
    code === 'ERR_MEMORY_ALLOCATION_FAILED' ||
    /^Array buffer allocation failed$/.test(error.message)
  )
}

function end(error: Error): never {
  try {
    writeSync(STDERR, `the gateway ends: it gets no more memory (${error.message})\n`)
  } finally {
    process.exit(exitCodes.failed)
  }
}
