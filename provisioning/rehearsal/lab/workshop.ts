import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../lab.ts'
import { baseImage, type ImageRequest, workshopLayer } from './base-image.ts'
import { runInside } from './enclosure.ts'
import { enteredHost } from './host.ts'

/**
 * A folder with the programs that check provisioning code without running it (puppet, puppet-lint,
 * vagrant), and the repository in it, read-only, as /marathon-gateway. It is not booted and has no address.
 */
export async function openWorkshop(request: ImageRequest, repository: string): Promise<Host> {
  const { folder: base } = await baseImage(request)
  const layer = await workshopLayer(request, base)
  const root = join(request.folder, 'workshop')
  await mkdir(root)
  await runInside(
    request.enclosure,
    `mkdir "$4/workshop-written" "$4/workshop-scratch"
     mount -t overlay overlay -o "lowerdir=$1:$2,upperdir=$4/workshop-written,workdir=$4/workshop-scratch" "$3"
     mount -t proc proc "$3/proc"
     mount --bind /dev "$3/dev"
     mkdir "$3/marathon-gateway"
     mount --bind "$5" "$3/marathon-gateway"
     mount -o remount,ro,bind "$3/marathon-gateway"`,
    layer,
    base,
    root,
    request.folder,
    repository
  )
  return enteredHost({
    name: 'workshop',
    address: '127.0.0.1',
    enter: () => [...request.enclosure.enter, 'chroot', root],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8'
    }
  })
}
