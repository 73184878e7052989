// A child process that ended when it should not have: what the user is told, and with which exit code.
import { MicropopError, MissingHere } from '../../runtime/errors.ts'

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}

/**
 * `lines` are the last of its stderr. A child that says 3 lacks something on this machine, and that is passed
 * on; every other end is a fault of ours, because the run wrote its configuration.
 */
export function childFailure(name: string, exit: Exit, lines: readonly string[], log: string): MicropopError {
  const said = lines.length === 0 ? ' without a word' : `:\n    ${lines.join('\n    ')}`
  const message = `${name} ended early with ${exitText(exit)}${said}`
  const remedy = `Its whole log is ${log}.`
  if (exit.code === 3) return new MissingHere('MP_CHILD_LACKS', message, remedy)
  return new MicropopError('MP_CHILD_DIED', message, { exitCode: 5, remedy })
}
