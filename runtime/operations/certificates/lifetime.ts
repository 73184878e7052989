// Whether a certificate outlasts an event, and when it is time for another.
import type { Held } from './certificate-folder.ts'

/** After the event's end: a day more is decided in the evening, and clocks of phones are wrong by hours. */
export const MARGIN_MS = 2 * 24 * 3_600_000

/** Of its life; a certificate that has more left is not asked for again: authorities limit how often (Let's Encrypt: 5 a week). */
const FRESH_SHARE = 2 / 3

export interface Judged {
  outlasts: boolean
  /** Why another is to be asked for; null: keep it. */
  renewFor: string | null
  /** From when on one of the same life would outlast the event, ms since the Unix epoch; null where that is known to be past. */
  lateEnoughMs: number | null
}

/** Times are ms since the Unix epoch; `eventEndsMs` is the end of the event's window. */
export function judgeCertificate(held: Held, eventEndsMs: number, wallMs: number): Judged {
  if (held.state === 'none') return { outlasts: false, renewFor: 'there is none', lateEnoughMs: null }
  if (held.state === 'bad') return { outlasts: false, renewFor: held.why, lateEnoughMs: null }
  const neededMs = eventEndsMs + MARGIN_MS
  if (held.expiresAtMs >= neededMs) return { outlasts: true, renewFor: null, lateEnoughMs: null }
  const lifeMs = held.expiresAtMs - held.startsAtMs
  const fresh = held.expiresAtMs - wallMs > lifeMs * FRESH_SHARE
  const lateEnoughMs = neededMs - lifeMs
  return {
    outlasts: false,
    // Another would end too soon as well, or is worth it: it ends later than this one.
    renewFor: fresh && lateEnoughMs > wallMs ? null : 'it ends before the event does',
    lateEnoughMs: lateEnoughMs > wallMs ? lateEnoughMs : null,
  }
}
