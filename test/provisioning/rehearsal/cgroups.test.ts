import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hierarchiesOf } from '../../../provisioning/rehearsal/lab/cgroups.ts'

const cases = [
  {
    name: 'version 2 alone: at its top, wherever the rehearsal itself is',
    mounts: [['/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate']],
    own: '0::/user.slice/user-0.slice/session-3.scope',
    parents: ['/sys/fs/cgroup']
  },
  {
    name: 'version 1 beside version 2: below the rehearsal, within its limits',
    mounts: [
      ['/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'],
      ['/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'],
      ['/', '/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd'],
      ['/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw']
    ],
    own: '9:name=systemd:/\n4:memory:/job/1\n2:cpu,cpuacct:/\n0::/unit',
    parents: [
      '/sys/fs/cgroup/memory/job/1',
      '/sys/fs/cgroup/cpu,cpuacct',
      '/sys/fs/cgroup/systemd',
      '/sys/fs/cgroup/unified/unit'
    ]
  },
  {
    name: 'only a part of a hierarchy is mounted: the path counts from that part',
    mounts: [
      ['/docker/abc', '/sys/fs/cgroup/pids', 'cgroup', 'rw,pids'],
      ['/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw']
    ],
    own: '8:pids:/docker/abc/job\n0::/',
    parents: ['/sys/fs/cgroup/pids/job', '/sys/fs/cgroup/unified']
  },
  { name: 'none', mounts: [], own: '', parents: [] }
] as const

for (const { name, mounts, own, parents } of cases) {
  test(`cgroup hierarchies: ${name}`, () => {
    const lines = mounts.map(
      ([root, point, type, options]) =>
        `31 24 0:27 ${root} ${point} rw,nosuid - ${type} cgroup ${options}`
    )
    const text = ['1 1 254:0 / / rw,relatime - ext4 /dev/vda rw', ...lines, ''].join('\n')
    const found = hierarchiesOf(text, own).map(({ parent }) => parent)
    assert.deepEqual(found, parents)
  })
}
