import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const PUPPET = join(import.meta.dirname, '../../provisioning/puppet')
const PROFILE = join(PUPPET, 'modules/profile')

const files = readdirSync(PUPPET, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
const read = (path: string): string => readFileSync(path, 'utf8')
const named = (end: string): readonly string[] => files.filter((path) => path.endsWith(end))
const short = (path: string): string => path.slice(PUPPET.length + 1)

/** Class or define `a::b::c` stands in a/manifests/b/c.pp. */
function manifestOf(name: string): string {
  const [module = '', ...rest] = name.split('::')
  return join(PUPPET, 'modules', module, 'manifests', `${rest.join('/')}.pp`)
}

test('every class that is included exists', () => {
  let seen = 0
  for (const path of named('.pp')) {
    for (const [, name = ''] of read(path).matchAll(/^\s*(?:include|contain) ([a-z_:]+)$/gm)) {
      seen += 1
      assert.ok(existsSync(manifestOf(name)), `${short(path)} includes ${name}`)
    }
  }
  assert.ok(seen > 10)
})

test('every template and file that is named exists', () => {
  let seen = 0
  for (const path of named('.pp')) {
    const text = read(path)
    for (const [, name = ''] of text.matchAll(/epp\('profile\/([^']+)'/g)) {
      seen += 1
      assert.ok(existsSync(join(PROFILE, 'templates', name)), `${short(path)} uses ${name}`)
    }
    for (const [, name = ''] of text.matchAll(/puppet:\/\/\/modules\/profile\/([^'$]+)'/g)) {
      seen += 1
      assert.ok(existsSync(join(PROFILE, 'files', name)), `${short(path)} uses ${name}`)
    }
  }
  assert.ok(seen > 15)
})

test('every unit and every addition to a unit gives rights away', () => {
  const units = files.filter((path) => read(path).includes('[Service]'))
  assert.ok(units.length >= 6)
  for (const path of units) {
    for (const setting of ['NoNewPrivileges=yes', 'ProtectSystem=', 'ProtectHome=']) {
      assert.ok(read(path).includes(`\n${setting}`), `${short(path)} lacks ${setting}`)
    }
  }
})

test('the firewall has a table of its own and flushes nothing', () => {
  const rules = read(join(PROFILE, 'templates/firewall/cluster-firewall.nft.epp'))
  assert.doesNotMatch(rules, /flush/)
  assert.deepEqual(rules.match(/^(?:delete )?table .*/gm), [
    'table inet cluster {}',
    'delete table inet cluster',
    'table inet cluster {'
  ])
  assert.match(rules, /hook input priority filter; policy drop;/)
})

test('secrets have known names', () => {
  const names = new Set<string>()
  for (const path of named('.pp')) {
    for (const [, name = ''] of read(path).matchAll(/profile::secret\('([^']+)'\)/g))
      names.add(name)
  }
  assert.deepEqual([...names].sort(), [
    'gateway-admin',
    'marathon-http',
    'mesos-agent',
    'mesos-http',
    'mesos-marathon',
    'registry',
    'zookeeper-marathon',
    'zookeeper-mesos'
  ])
})

test('Mesos refuses what its access list does not name', () => {
  const acls = JSON.parse(read(join(PROFILE, 'files/mesos/acls.json')))
  assert.equal(acls.permissive, false)
  assert.deepEqual(acls.register_agents[0].principals, { values: ['agent'] })
  assert.deepEqual(acls.register_frameworks[0].principals, { values: ['marathon'] })
  assert.deepEqual(acls.run_tasks[0].principals, { values: ['marathon'] })
})

test('no flag of a Mesos daemon holds a secret, only the file that does', () => {
  for (const name of ['master', 'agent']) {
    const text = read(join(PROFILE, `manifests/mesos/${name}.pp`))
    const flags = text.slice(text.indexOf('flags   => {'), text.indexOf('profile::dropin'))
    assert.ok(flags.includes("'file:///etc/mesos/zk'"))
    assert.doesNotMatch(flags, /secret|unwrap|zookeeper_url/)
  }
})

// Mesos reads it into an object, and its first log line shows all flags with their values.
test('the login of the registry is no flag of the agent', () => {
  assert.doesNotMatch(read(join(PROFILE, 'manifests/mesos/agent.pp')), /docker_config/)
  const unit = read(join(PROFILE, 'files/mesos/mesos-agent.conf'))
  assert.match(unit, /^Environment=DOCKER_CONFIG=\/etc\/docker\/cluster$/m)
})

test("Marathon's own log line of its flags is off", () => {
  const logback = read(join(PROFILE, 'files/marathon/logback.xml'))
  assert.match(logback, /<logger name="mesosphere\.marathon\.MarathonApp" level="WARN"\/>/)
})

// The parser takes it for a variable like any other; only a run says no.
test('no class assigns a name that Puppet keeps for itself', () => {
  for (const path of named('.pp').filter((each) => !each.includes('/functions/'))) {
    assert.doesNotMatch(read(path), /^\s*\$(?:name|title|facts|trusted) =/m, short(path))
  }
})
