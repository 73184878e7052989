// What a failed command says on stderr and which exit code it ends with: the one place that maps errors to both.
import { CommanderError, InvalidArgumentError } from 'commander'
import { describe, type ExitCode, MicropopError } from '../runtime/errors.ts'

export interface Failure {
  exitCode: ExitCode | 0
  /** Without a final newline; empty where the text is already on its way (commander prints its own). */
  text: string
  /** True where the error is our own fault and deserves a report. */
  fault: boolean
}

/** Said after every mistake in the arguments. */
export const USAGE_HINT = '(micropop help VERB shows what a verb takes)'

/** System errors that say this machine lacks something, by errno name. Exit code 3. */
const LACKING: Record<string, string> = {
  EADDRINUSE: 'Stop the program that listens on that port, or choose another port.',
  EACCES: 'Run as a user who may use that file or port, or choose another.',
  EPERM: 'Run as a user who may use that file or port, or choose another.',
  EMFILE: 'Raise the limit of open files of this shell: ulimit -n 8192.',
  ENFILE: 'Close other programs; the machine has no file handles left.',
  ENOSPC: 'Free some disk space, or write to another disk.',
  EROFS: 'Choose a folder on a disk that can be written.',
}

/** Any error that reached the top of the command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof MicropopError) return { exitCode: error.exitCode, text: describe(error), fault: false }
  // commander prints those of its parsers, and ends with another class: this one was thrown by a command's action.
  if (error instanceof InvalidArgumentError) {
    return { exitCode: 2, text: `error: ${error.message}\n${USAGE_HINT}`, fault: false }
  }
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? 0 : 2, text: '', fault: false }
  }
  const errno = error instanceof Error && 'code' in error ? String(error.code) : ''
  const remedy = LACKING[errno]
  if (error instanceof Error && remedy !== undefined) {
    return { exitCode: 3, text: `${error.message} [${errno}]\n  ${remedy}`, fault: false }
  }
  return {
    exitCode: 5,
    text: `micropop met a fault of its own: ${error instanceof Error ? error.message : String(error)}`,
    fault: true,
  }
}
