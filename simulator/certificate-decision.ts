// What the certificates of an event's PoPs mean for go or no-go: a page without one opens in no browser.
import type { CertificateState } from '../runtime/operations/certificates/states.ts'
import type { Decided } from './decision.ts'

const DAY_MS = 86_400_000
/** Before the set-up begins; earlier a missing certificate is said, and no reason against the event. */
const NEEDED_DAYS = 14

/** Of PoPs that speak HTTPS. Times are ms since the Unix epoch. */
export function withCertificates(
  decided: Decided,
  states: readonly CertificateState[],
  setupMs: number,
  nowMs: number,
): Decided {
  const reasons = states.filter(({ outlasts }) => !outlasts).map(reason)
  if (reasons.length === 0) return decided
  if (setupMs - nowMs > NEEDED_DAYS * DAY_MS) {
    return { ...decided, reasons: [...decided.reasons, ...reasons] }
  }
  const others = decided.decision === 'go' ? [] : decided.reasons
  return { decision: 'no-go', reasons: [...reasons, ...others] }
}

function reason({ name, expiresAtMs, fault, lateEnoughMs }: CertificateState): string {
  const ends = expiresAtMs === null ? '' : ` (${day(expiresAtMs)})`
  const from = lateEnoughMs === null ? '' : `, from ${day(lateEnoughMs)} on`
  return `The certificate of ${name}: ${fault}${ends}. Obtain one with \`micropop certificate obtain\`${from}.`
}

function day(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10)
}
