import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClaimsFile } from '../../../src/gateway/state/claims-file.ts'

const claims = (app: string) => new Map([['shop.example.com', { source: 'marathon', app }]])

function inFolder(work: (file: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'claims-'))
    try {
      await work(join(folder, 'state.json'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

const noError = (error: unknown): void => assert.fail(String(error))

test(
  'claims: what was saved is there after a restart, readable by its owner alone',
  inFolder(async (path) => {
    const file = createClaimsFile(path, noError)
    assert.equal(file.load().size, 0)
    file.save(claims('/shop/web'))
    await file.flush()
    assert.deepEqual(createClaimsFile(path, noError).load(), claims('/shop/web'))
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })
)

test(
  'claims: of many saves at once the last one is on disk',
  inFolder(async (path) => {
    const file = createClaimsFile(path, noError)
    for (let i = 0; i < 50; i++) file.save(claims(`/app-${i}`))
    await file.flush()
    assert.deepEqual(createClaimsFile(path, noError).load(), claims('/app-49'))
  })
)

test(
  'claims: the same claims are not written again',
  inFolder(async (path) => {
    const file = createClaimsFile(path, noError)
    file.save(claims('/a'))
    await file.flush()
    writeFileSync(path, 'touched')
    file.save(claims('/a'))
    await file.flush()
    assert.equal(readFileSync(path, 'utf8'), 'touched')
  })
)

for (const text of ['', '{', '[]', '{"version":2,"claims":[]}', '{"version":1,"claims":[{}]}']) {
  test(
    `claims: ${JSON.stringify(text)} is no state file and is not overwritten`,
    inFolder(async (path) => {
      writeFileSync(path, text)
      assert.throws(() => createClaimsFile(path, noError).load(), /not a state file/)
      assert.equal(readFileSync(path, 'utf8'), text)
    })
  )
}

test(
  'claims: a write that fails is told, and the next one may go well',
  inFolder(async (path) => {
    const errors: unknown[] = []
    const file = createClaimsFile(join(path, 'below-a-file'), (error) => errors.push(error))
    writeFileSync(path, '')
    file.save(claims('/a'))
    await file.flush()
    assert.equal(errors.length, 1)
    rmSync(path)
    const good = createClaimsFile(path, noError)
    good.save(claims('/a'))
    await good.flush()
    assert.equal(good.load().size, 1)
  })
)
