// The server of moto, which answers AWS's API with state of its own: found where set-up puts it, started on a free port.
import { MissingHere } from '../../../runtime/errors.ts'
import { freePort, LOOPBACK } from '../../../runtime/free-ports.ts'
import { type RehearsalClock, until } from '../../rehearsal/clock.ts'
import { findProgram, toolFolders } from '../../rehearsal/live-tools.ts'
import type { ProcessGroup } from '../../rehearsal/process-group.ts'

const READY_WITHIN_MS = 60_000

/** What it judges beyond its defaults, and what it need not load (moto's `settings.py`, 5.2.5, read in November 2026). */
const SETTINGS = {
  MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: 'true',
  MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
  MOTO_EC2_LOAD_DEFAULT_AMIS: 'false',
}

/** Path of its command; null where it is not on this machine. */
export function findMoto(): Promise<string | null> {
  return findProgram('moto_server', toolFolders())
}

/** Its address, as soon as it answers. It ends with the group. Error: MP_MOTO. */
export async function startMoto(options: {
  group: ProcessGroup
  command: string
  clock: RehearsalClock
  signal: AbortSignal
}): Promise<string> {
  const { group, command, clock, signal } = options
  const port = await freePort()
  const child = await group.start({
    name: 'moto',
    command,
    args: ['-H', LOOPBACK, '-p', String(port)],
    env: SETTINGS,
  })
  const endpoint = `http://${LOOPBACK}:${port}`
  await until(() => answers(endpoint), {
    clock,
    everyMs: 50,
    limitMs: READY_WITHIN_MS,
    signal,
    onLate: () => new MissingHere('MP_MOTO', 'moto does not answer', `Its log is ${child.log}.`),
  })
  return endpoint
}

async function answers(endpoint: string): Promise<true | undefined> {
  try {
    return (await fetch(`${endpoint}/moto-api/`)).ok || undefined
  } catch {
    return undefined
  }
}
