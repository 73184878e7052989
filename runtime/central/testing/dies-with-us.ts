// Children of a test end with it even when it is killed, where the system can arrange that.
import { execFileSync } from 'node:child_process'

const canBind = works('setpriv', ['--pdeathsig', 'KILL', 'true'])

/** The command line that runs `command` so that it gets `signal` when this process dies; as it is without setpriv. */
export function diesWithUs(signal: 'KILL' | 'QUIT', command: string, args: string[]): [string, string[]] {
  return canBind ? ['setpriv', ['--pdeathsig', signal, command, ...args]] : [command, args]
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
