// The micropop command: chooses the verb, and ends with the exit code its outcome deserves.
import { Command } from 'commander'
import { VERSION } from '../runtime/version.ts'
import { listenForSignals } from './abort.ts'
import { failureOf, USAGE_HINT } from './failure.ts'
import { writeFaultReport } from './fault-report.ts'
import { isVerb, verbCommands } from './verbs.ts'

const EXIT_CODES = `
Exit codes: 0 good; 1 the verdict is bad; 2 bad input; 3 something needed is missing here;
  4 the run is void or inconclusive; 5 our own fault; 130 cancelled.`

/** The verb that `args` name, also behind `help`; undefined for none or an unknown one. */
function namedVerb(args: string[]): string | undefined {
  const [first, second] = args.filter((arg) => !arg.startsWith('-'))
  const name = first === 'help' ? second : first
  return isVerb(name) ? name : undefined
}

/** commander hands settings down only to commands that it made itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  for (const child of command.commands) inherit(child, command)
  return command
}

async function run(args: string[]): Promise<void> {
  const program = new Command('micropop')
    .description('Infrastructure as code and a digital twin for hybrid events.')
    .version(VERSION)
    .showHelpAfterError(USAGE_HINT)
    .exitOverride()
    .addHelpText('after', EXIT_CODES)
  for (const verb of await verbCommands(namedVerb(args))) program.addCommand(inherit(verb, program))
  await program.parseAsync(args, { from: 'user' })
}

function fail(error: unknown, args: string[]): void {
  const failure = failureOf(error)
  if (failure.text) process.stderr.write(`${failure.text}\n`)
  if (failure.fault) {
    process.stderr.write(
      `  Please send this report by opening an issue in the project's repository: ` +
        `${writeFaultReport(error, args, VERSION)}\n`,
    )
  }
  process.exitCode = failure.exitCode
}

const args = process.argv.slice(2)
// A reader that has seen enough (`micropop forecast … | head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
}
process.on('uncaughtException', (error) => {
  fail(error, args)
  process.exit()
})
listenForSignals()
await run(args).catch((error: unknown) => fail(error, args))
