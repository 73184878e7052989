// The command that puts a record into a zone and takes it out: `CMD present|cleanup NAME VALUE`, whoever runs the zone.
import { spawn } from 'node:child_process'
import { MissingHere } from '../../errors.ts'

/** Changing a zone is one request; a hook that also waits for its name servers may take this long. */
export const HOOK_LIMIT_MS = 120_000

export interface DnsHook {
  /** A program, without arguments. */
  command: string
  limitMs?: number
  signal?: AbortSignal
}

/**
 * Resolves once the command ended with 0. What it prints goes to stderr. `name` has no dot at its end.
 * Errors: MP_DNS_HOOK (3).
 */
export async function runDnsHook(
  { command, limitMs = HOOK_LIMIT_MS, signal }: DnsHook,
  action: 'present' | 'cleanup',
  name: string,
  value: string,
): Promise<void> {
  const limit = AbortSignal.timeout(limitMs)
  const child = spawn(command, [action, name, value], {
    // Its output is no result of ours.
    stdio: ['ignore', 2, 2],
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    killSignal: 'SIGKILL',
  })
  const ended = await new Promise<string | null>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(limit.aborted ? `nothing within ${limitMs / 1_000} s` : (error.code ?? error.message)),
    )
    child.once('exit', (code, killedBy) => {
      if (code === 0) resolve(null)
      else resolve(killedBy ?? `exit code ${code}`)
    })
  })
  signal?.throwIfAborted()
  if (ended === null) return
  throw new MissingHere(
    'MP_DNS_HOOK',
    `${command} ${action} ${name} VALUE ended with ${ended}`,
    'Run it by hand until it ends with 0: it is to set the TXT record NAME to VALUE beside what the name already has.',
  )
}
