import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads `+ group` and `- group` lines until its input ends, which happens at the latest when the
 * process that feeds it dies, however it dies; then ends the groups still noted.
 */
const SCRIPT = `
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
[ "$groups" = ' ' ] && exit
for group in $groups; do kill -s TERM -- "-$group"; done 2>/dev/null
sleep 3
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null
`

/** Ends process groups when this process dies without doing so itself, by SIGKILL say. */
export interface OrphanGuard {
  watch(group: number): void
  forget(group: number): void
}

/** Starts its helper process with the first group and lets it go when none is left. */
export function createOrphanGuard(): OrphanGuard {
  const groups = new Set<number>()
  let helper: ChildProcess | undefined
  const tell = (line: string) => helper?.stdin?.write(`${line}\n`)
  return {
    watch(group) {
      helper ??= startHelper()
      groups.add(group)
      tell(`+ ${group}`)
    },
    forget(group) {
      if (!groups.delete(group)) return
      tell(`- ${group}`)
      if (groups.size > 0) return
      helper?.stdin?.end()
      helper = undefined
    }
  }
}

function startHelper(): ChildProcess {
  // A session of its own, so that Ctrl-C at the terminal does not end the guard before its time.
  const helper = spawn('/bin/sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore']
  })
  // Without its helper the runner works on; only the guard against a sudden death is gone.
  helper.on('error', () => undefined)
  helper.stdin?.on('error', () => undefined)
  helper.unref()
  return helper
}
