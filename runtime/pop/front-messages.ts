// What the main thread and a session thread say to each other.
import type { FromCore, ToCore } from '../broker/session-link.ts'
import { type ExitCode, MicropopError, type Place } from '../errors.ts'
import type { ListenOn } from './front.ts'

export type ThreadRequest = { what: 'listen'; on: ListenOn } | { what: 'metrics' } | { what: 'close' }

/** `ask`: a number that the answer repeats. */
export type ToThread = { tick: FromCore[] } | (ThreadRequest & { ask: number })

export type FromThread =
  | { tick: ToCore[] }
  | { answer: number; value: unknown }
  | { answer: number; fault: ThreadFault }
  /** One line of the log, as JSON. */
  | { log: string }

/** An error, as far as it survives the way between threads. */
export interface ThreadFault {
  message: string
  code: string | undefined
  /** Of one of our own. */
  own?: { exitCode: ExitCode; remedy: string; place: Place | undefined }
}

export function errorOf({ message, code, own }: ThreadFault): Error {
  if (!own) return Object.assign(new Error(message), { code })
  const { place, ...rest } = own
  return new MicropopError(code ?? 'MP_UNKNOWN', message, { ...rest, ...(place && { place }) })
}
