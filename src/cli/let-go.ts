import type { Command } from 'commander'
import { type AdminAccess, askAdmin } from './ask-admin.ts'
import type { Context } from './context.ts'

export const letGoExamples = ['let-go', 'let-go --admin http://127.0.0.1:9090']

/** The operator's word against the guard of mass disappearance. */
export function addLetGo(program: Command, context: Context): void {
  program
    .command('let-go')
    .summary('what Marathon no longer names is gone: stop holding it')
    .description(
      'When Marathon takes away much of its apps or tasks without a reason, the gateway holds them until that is certain (docs/when-marathon-fails.md). This says that they are gone, and the gateway takes what Marathon says now.'
    )
    .option('--admin <url>', 'admin side of the running gateway', 'http://127.0.0.1:9090')
    .option('--token-file <file>', 'file with its token (or the variable GATEWAY_ADMIN_TOKEN)')
    .action(async (options: AdminAccess) => {
      const answer = await askAdmin(options, '/let-go', context, 'POST')
      const { sources } = answer as { readonly sources: readonly string[] }
      context.out(sources.length === 0 ? 'nothing is held' : `let go: ${sources.join(', ')}`)
    })
}
