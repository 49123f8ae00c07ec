import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromLines, fromStanzas } from '../../../provisioning/rehearsal/lab/apt-of-host.ts'

test("sources in lines: the machines' own Debian, without options, nothing else", () => {
  const text = [
    'deb [signed-by=/etc/apt/keyrings/x.gpg arch=amd64] http://mirror.example/debian bookworm main contrib',
    'deb-src http://mirror.example/debian bookworm main',
    '# deb http://old.example/debian bookworm main',
    'deb https://packages.example/apt cloud-sdk-bookworm main',
    'deb http://mirror.example/debian-security bookworm-security main'
  ].join('\n')
  assert.deepEqual(fromLines(text), [
    'deb http://mirror.example/debian bookworm main contrib',
    'deb http://mirror.example/debian-security bookworm-security main'
  ])
})

test('sources in stanzas: each address with each suite; switched off and foreign ones left out', () => {
  const text = `Types: deb deb-src
# a remark
URIs: http://one.example/debian http://two.example/debian
Suites: bookworm bookworm-updates trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://deb.example/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`
  assert.deepEqual(fromStanzas(text), [
    'deb http://one.example/debian bookworm main',
    'deb http://one.example/debian bookworm-updates main',
    'deb http://two.example/debian bookworm main',
    'deb http://two.example/debian bookworm-updates main'
  ])
})
