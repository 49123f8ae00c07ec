import assert from 'node:assert/strict'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { blackBox, openStage } from '../support/stage.ts'

const VHOST = { HAPROXY_0_VHOST: 'shop.example.com, old.example.com' }

/** What labels of marathon-lb change in requests and answers. */
export function marathonLbCases(open: OpenFrontDoor): void {
  const targets: readonly (readonly [sent: string, seen: string])[] = [
    ['/app/x?y=1', '/x?y=1'],
    ['/app', '/'],
    ['/application', '/application'],
    ['/other', '/other']
  ]
  for (const [sent, seen] of targets) {
    blackBox(`PROXYPASS_PATH: ${sent} becomes ${seen}, and Host the virtual host`, async (t) => {
      const labels = { ...VHOST, HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: '/app' }
      const { task, client } = await openStage(t, open, { labels })
      const { send, answer } = client()
      send(`GET ${sent} HTTP/1.1\r\nHost: OLD.example.com:8080\r\n\r\n`)
      assert.equal((await answer()).status, 200)
      const { target, fields = [] } = task.requests[0] ?? {}
      const own = (name: string) => fields.find(([one]) => one === name)?.[1]
      assert.equal(target, seen)
      assert.equal(own('host'), 'old.example.com')
      assert.equal(own('x-forwarded-host'), 'OLD.example.com:8080')
    })
  }

  const locations: readonly (readonly [said: string, seen: string])[] = [
    ['/login', '/app/login'],
    ['http://shop.example.com/login?x', '/app/login?x'],
    ['https://OLD.example.com:8443/', '/app/'],
    ['/app/login', '/app/login'],
    ['http://elsewhere.example.com/login', 'http://elsewhere.example.com/login'],
    ['//elsewhere.example.com/', '//elsewhere.example.com/'],
    ['login', 'login']
  ]
  for (const [said, seen] of locations) {
    blackBox(`REVPROXY_PATH: Location ${said} becomes ${seen}`, async (t) => {
      const labels = { ...VHOST, HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: '/app' }
      const script = `HTTP/1.1 302 Found\r\nLocation: ${said}\r\nContent-Length: 0\r\n\r\n`
      const { client } = await openStage(t, open, { labels, script })
      const { send, answer } = client()
      send('GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n')
      assert.equal((await answer()).field('location'), seen)
    })
  }

  blackBox('REDIR: the root, and it alone, is sent to the path', async (t) => {
    const labels = { ...VHOST, HAPROXY_0_HTTP_BACKEND_REDIR: '/app/' }
    const { task, client } = await openStage(t, open, { labels })
    const { send, answer } = client()
    const ask = async (target: string) => {
      send(`GET ${target} HTTP/1.1\r\nHost: shop.example.com\r\n\r\n`)
      return answer()
    }
    for (const target of ['/', '/?a=b']) {
      const moved = await ask(target)
      assert.equal(moved.status, 301)
      assert.equal(moved.field('location'), '/app/')
    }
    assert.equal(task.requests.length, 0)
    assert.equal((await ask('/app/')).status, 200)
  })
}
