import assert from 'node:assert/strict'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createCertificateLook } from '../../../../src/plugins/haproxy/listeners/usable-certificates.ts'
import { tempFolder } from '../../../support/temp-folder.ts'
import { testCertificate } from '../../../support/test-certificate.ts'

const { cert, key } = testCertificate

test('only files that may be chosen, and that hold a certificate with its key, can be used', async (t) => {
  const folder = await tempFolder(t)
  const certs = join(folder, 'certs')
  await mkdir(join(certs, 'deep'), { recursive: true })
  const write = (name: string, text: string) => writeFile(join(folder, name), text)
  await write('named.pem', `${key}\n${cert}\n`)
  await write('other.pem', `${cert}\n${key}\n`)
  await write('certs/both.pem', `${cert}\n${key}\n`)
  await write('certs/beside.pem', `${cert}\n`)
  await write('certs/beside.pem.key', `${key}\n`)
  await write('certs/bare.pem', `${cert}\n`)
  await write('certs/text.pem', 'nothing')
  await write('certs/deep/both.pem', `${cert}\n${key}\n`)
  await symlink(join(folder, 'other.pem'), join(certs, 'link.pem'))
  const look = createCertificateLook([join(folder, 'named.pem'), `${certs}/`])
  const names = ['both', 'beside', 'bare', 'text', 'missing', 'deep/both', 'link', '../other']
  const asked = [
    'named.pem',
    'other.pem',
    'certs/deep',
    ...names.map((name) => `certs/${name}.pem`)
  ]
  const usable = await look(asked.map((name) => `${folder}/${name}`))
  assert.deepEqual(
    [...usable].map((file) => file.slice(folder.length + 1)),
    ['named.pem', 'certs/both.pem', 'certs/beside.pem', 'certs/link.pem']
  )
})

test('a file that changes, comes or goes is looked at again', async (t) => {
  const folder = await tempFolder(t)
  const file = join(folder, 'a.pem')
  const look = createCertificateLook([folder])
  const isUsable = async () => (await look([file])).has(file)
  assert.equal(await isUsable(), false)
  await writeFile(file, cert)
  assert.equal(await isUsable(), false)
  await writeFile(`${file}.key`, key)
  assert.equal(await isUsable(), true)
  assert.equal(await isUsable(), true)
  await writeFile(`${file}.key`, 'nothing')
  assert.equal(await isUsable(), false)
  await writeFile(file, `${cert}\n${key}\n`)
  assert.equal(await isUsable(), true)
  await rm(file)
  assert.equal(await isUsable(), false)
})
