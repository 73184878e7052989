// Where the surrogate was compared with the twin: beyond, latencies are refused, and costs say it.
import { InvalidInput } from '../../runtime/errors.ts'

export const COMPARED = {
  /** Sessions at once at one venue. */
  sessions: 2_400,
  /** Busy share of a PoP's main thread, or of the threads of its sessions, in its busiest minute. */
  busy: 0.8,
  /** Seconds of one outage. */
  outageS: 900,
}

export interface Asked {
  sessions: number
  busy: number
  outageS: number
}

/** What of it lies outside, a phrase each. */
export function outsideCompared(asked: Asked): string[] {
  const beyond = (what: string, value: number, limit: number) =>
    value > limit ? [`${what} ${Number(value.toPrecision(3))}, compared up to ${limit}`] : []
  return [
    ...beyond('sessions at one venue:', asked.sessions, COMPARED.sessions),
    ...beyond('share of time that a PoP is busy:', asked.busy, COMPARED.busy),
    ...beyond('seconds of one outage:', asked.outageS, COMPARED.outageS),
  ]
}

/** Error: MP_SURROGATE_RANGE. */
export function refuseOutside(asked: Asked): void {
  const found = outsideCompared(asked)
  if (found.length === 0) return
  throw new InvalidInput(
    'MP_SURROGATE_RANGE',
    `the formulas were not compared with the twin here: ${found.join('; ')}`,
    'Ask the twin: `micropop simulate EVENT`.',
  )
}
