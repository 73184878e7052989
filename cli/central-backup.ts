// `micropop central backup|restore`: central's database as one file, and back.
import { Command } from 'commander'
import { formatBytes } from '../reports/format.ts'

const STORE = '\nDATABASE_URL names a PostgreSQL server to use instead of the embedded store.'

export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'write its database to one file; the embedded store needs central stopped, a server does not',
    )
    .requiredOption('--out <file>', 'the file to write')
    .addHelpText('after', STORE)
    .action(async ({ out }: { out: string }, command: Command) => {
      const { backup } = await import('../runtime/central/backup.ts')
      const bytes = await backup(placeOf(command), out)
      process.stdout.write(`${out}: ${formatBytes(bytes)}\n`)
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('make its database from a backup, with central stopped; PoPs then bring what came after it')
    .argument('<file>', 'what `micropop central backup` wrote')
    .option(
      '--replace',
      'where there is a database: put the embedded one aside, drop the one of a server',
      false,
    )
    .addHelpText('after', STORE)
    .action(async (file: string, { replace }: { replace: boolean }, command: Command) => {
      const { restore } = await import('../runtime/central/backup.ts')
      await restore(placeOf(command), file, replace)
      process.stdout.write('Restored. Start central: what PoPs brought after the backup they bring again.\n')
    })
}

/** `--data` is central's own option, wherever on the line it stands. */
function placeOf(command: Command) {
  return {
    databaseUrl: process.env.DATABASE_URL || null,
    dataDir: command.optsWithGlobals<{ data: string }>().data,
  }
}
