// Who a process is, by Linux's /proc: a pid alone may have been handed to a stranger since.
import { readFile } from 'node:fs/promises'

export interface ProcessIdentity {
  pid: number
  /** Clock ticks between boot and the start of the process; with the pid it names one process of a boot. */
  startTicks: number
}

/** Start ticks and state of `/proc/PID/stat`. The name, in parentheses, may itself hold spaces and parentheses. */
export function parseStat(stat: string): { state: string; startTicks: number } | null {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/)
  // proc_pid_stat(5) numbers from 1: state is field 3, the first after the name; starttime is field 22.
  const [state] = fields
  const startTicks = Number(fields[22 - 3])
  return state !== undefined && Number.isSafeInteger(startTicks) ? { state, startTicks } : null
}

/** The identity of a running process; null where it is gone, a zombie, or there is no /proc. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readOrNull(`/proc/${pid}/stat`)
  const parsed = stat === null ? null : parseStat(stat)
  return parsed === null || parsed.state === 'Z' ? null : { pid, startTicks: parsed.startTicks }
}

/** Arguments of a running process, the command first; null where it is gone. */
export async function commandLine(pid: number): Promise<string[] | null> {
  const text = await readOrNull(`/proc/${pid}/cmdline`)
  return text === null ? null : text.replace(/\0$/, '').split('\0')
}

/** Changes with every boot; null without /proc. */
export async function bootId(): Promise<string | null> {
  return (await readOrNull('/proc/sys/kernel/random/boot_id'))?.trim() ?? null
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return null
    throw error
  }
}
