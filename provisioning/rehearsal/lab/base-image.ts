import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type AptSettings, aptOfHost, suite } from './apt-of-host.ts'
import { certificatesIn, certificatesOfHost, ownAuthorities } from './certificates.ts'
import { type Enclosure, runInside } from './enclosure.ts'
import { guestFiles, prepareGuest } from './guest-files.ts'
import { mustRun } from './process.ts'

/** What a plain Debian box has before anybody provisions it. */
const boxPackages = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'kmod', 'sudo', 'procps', 'iproute2'],
  ...['iputils-ping', 'netbase', 'ca-certificates', 'curl', 'gnupg', 'less']
]

/** What the static checks need, on top of the same Debian. */
const workshopPackages = ['puppet-agent', 'puppet-lint', 'vagrant']

const dayMs = 24 * 3600 * 1000
/** Images are made anew this often, so that they don't fall far behind Debian's updates. */
const freshMs = 7 * dayMs
const keptMs = 14 * dayMs

export interface BaseImage {
  readonly folder: string
  /** How many authorities the network of this host needs beyond Debian's. */
  readonly authorities: number
}

export interface ImageRequest {
  readonly enclosure: Enclosure
  /** Where images are kept between rehearsals. */
  readonly cache: string
  /** The lab's own folder, on the same file system. */
  readonly folder: string
  log(line: string): void
}

/** The folder of a Debian that machines are made from; built when there is none yet. */
export async function baseImage(request: ImageRequest): Promise<BaseImage> {
  const apt = await aptOfHost()
  const authorities = await certificatesOfHost()
  const inputs = [suite, boxPackages, apt, authorities, guestFiles]
  const image = await kept(request, nameOf('base', inputs), async (folder) => {
    await bootstrap(request.enclosure, folder, apt)
    await runInside(
      request.enclosure,
      `cp --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"
       mount -t proc proc "$1/proc"
       chroot "$1" apt-get install -y -qq --no-install-recommends --download-only systemd-container
       umount "$1/proc"`,
      folder
    )
    const stock = certificatesIn(await readFile(join(folder, bundleFile), 'utf8'))
    const own = ownAuthorities(authorities, stock)
    await prepareGuest(folder, own)
    await runInside(
      request.enclosure,
      `chroot "$1" update-ca-certificates >/dev/null 2>&1
       chroot "$1" useradd --create-home --uid 1000 --shell /bin/bash vagrant`,
      folder
    )
  })
  const own = await readdir(join(image, 'usr/local/share/ca-certificates'))
  return { folder: image, authorities: own.length }
}

const bundleFile = 'etc/ssl/certs/ca-certificates.crt'

/** What was installed on top of a base, as a layer of its own. */
export async function workshopLayer(request: ImageRequest, base: string): Promise<string> {
  const name = nameOf('workshop', [base, workshopPackages])
  return kept(request, name, async (folder) => {
    await mkdir(folder)
    const work = join(request.folder, 'workshop-work')
    const root = join(request.folder, 'workshop-building')
    await mkdir(work)
    await mkdir(root)
    await runInside(
      request.enclosure,
      `mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
       mount -t proc proc "$4/proc"
       mount --bind /dev "$4/dev"
       cp --remove-destination /etc/resolv.conf "$4/etc/resolv.conf"
       export DEBIAN_FRONTEND=noninteractive
       chroot "$4" apt-get update -qq
       shift 3; root=$1; shift
       chroot "$root" apt-get install -y -qq --no-install-recommends "$@" 2>&1
       chroot "$root" apt-get clean
       umount "$root/dev" "$root/proc" "$root"`,
      base,
      folder,
      work,
      root,
      ...workshopPackages
    )
  })
}

async function bootstrap(enclosure: Enclosure, folder: string, apt: AptSettings): Promise<void> {
  await mustRun(
    [
      ...enclosure.enter,
      'mmdebstrap',
      ...['--quiet', '--mode=root', '--variant=minbase', '--skip=cleanup/apt/lists'],
      // Nothing in here outlives a power failure, so nothing waits for the disk.
      ...['--dpkgopt=force-unsafe-io', '--aptopt=Acquire::Languages "none"'],
      ...apt.options.map((option) => `--aptopt=${option}`),
      ...[`--include=${boxPackages.join(',')}`, suite, folder, '-']
    ],
    { input: `${apt.sources.join('\n')}\n`, timeoutMs: 900_000 }
  )
}

function nameOf(kind: string, inputs: readonly unknown[]): string {
  const week = Math.floor(Date.now() / freshMs)
  const hash = createHash('sha256')
    .update(JSON.stringify([week, inputs]))
    .digest('hex')
  return `${kind}-${hash.slice(0, 16)}`
}

/** Builds aside and moves into place, so that several may build at once and none sees half an image. */
async function kept(
  { cache, folder, log }: ImageRequest,
  name: string,
  build: (folder: string) => Promise<void>
): Promise<string> {
  const image = join(cache, name)
  const now = new Date()
  const found = await utimes(image, now, now).then(
    () => true,
    () => false
  )
  if (found) return image
  log(`making the image ${name}, which is kept in ${cache}`)
  const aside = join(folder, name)
  await build(aside)
  await rename(aside, image).catch((error: NodeJS.ErrnoException) => {
    // Another rehearsal made the same meanwhile; ours goes with the lab's folder.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  await utimes(image, now, now)
  await prune(cache, now.getTime())
  return image
}

/** Images that nobody used for long: of earlier weeks, and of package lists that are no more. */
async function prune(cache: string, now: number): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!/^(base|workshop)-[0-9a-f]{16}$/.test(name)) continue
    const { mtimeMs } = await stat(join(cache, name))
    if (now - mtimeMs < keptMs) continue
    await rm(join(cache, name), { recursive: true, force: true })
  }
}
