import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { natNameServer } from './network.ts'

const cgroupUnit = 'etc/systemd/system/writable-cgroups.service'

/** What a box has that a bare Debian hasn't, and what stands for its kernel's being its own. */
export const guestFiles: Readonly<Record<string, string>> = {
  'etc/resolv.conf': `nameserver ${natNameServer}\n`,
  'etc/hosts': '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n',
  'etc/sudoers.d/vagrant': 'vagrant ALL=(ALL) NOPASSWD: ALL\n',
  // systemd-nspawn leaves the hierarchies of cgroup v1 read-only; Docker makes folders there.
  [cgroupUnit]: `[Unit]
Description=Cgroups as writable as on a machine with its own kernel
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'for each in /sys/fs/cgroup /sys/fs/cgroup/*/; do mount -o remount,rw,bind "$each" 2>/dev/null || :; done'

[Install]
WantedBy=sysinit.target
`
}

/** @param authorities certificates, in PEM, that the network this host is in needs */
export async function prepareGuest(root: string, authorities: readonly string[]): Promise<void> {
  for (const [name, text] of Object.entries(guestFiles)) await put(join(root, name), text)
  const wanted = join(root, 'etc/systemd/system/sysinit.target.wants/writable-cgroups.service')
  await mkdir(dirname(wanted), { recursive: true })
  await symlink(`/${cgroupUnit}`, wanted)
  for (const [n, certificate] of authorities.entries()) {
    const file = `usr/local/share/ca-certificates/of-this-network-${n}.crt`
    await put(join(root, file), `${certificate}\n`)
  }
}

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text, { mode: file.includes('sudoers') ? 0o440 : 0o644 })
}
