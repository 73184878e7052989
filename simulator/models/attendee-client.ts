// What an attendee's client does while it waits: the live load and the twin go by the same times.

/** After a refusal, until the publish is sent again. */
export const RESEND_REFUSED_MS = 1_000

/** How long after its end a session waits for missing acknowledgements; then it gives up what it still holds. */
export const SESSION_DRAIN_MS = 10_000

/** Wait before the second attempt to reconnect; doubles up to the maximum, spread over half of itself. */
const RETRY_MIN_MS = 200
const RETRY_MAX_MS = 3_000

/**
 * ms until the next attempt to connect, after `attempts` since the last session that worked: at once after that, then
 * doubling. Spread by the sequence of attempts and a number of the client's own, not by chance.
 */
export function retryDelayMs(attempts: number, salt: number): number {
  if (attempts === 0) return 0
  const ceiling = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** (attempts - 1))
  const spread = (Math.imul(salt + attempts, 2654435761) >>> 0) / 2 ** 32
  return ceiling * (0.5 + spread / 2)
}

/** When the first attempt to reconnect is made that finds the PoP there, whose process went at `goneMs` and is back at `upMs`. */
export function reconnectedAtMs(goneMs: number, upMs: number, salt: number): number {
  let atMs = goneMs
  for (let attempts = 0; ; attempts++) {
    atMs += retryDelayMs(attempts, salt)
    if (atMs >= upMs) return atMs
  }
}

/** What a page counts as of which a part failed: more than any that loads. */
export const PAGE_FAILED_MS = 30_000

/**
 * What a publish counts as that was never acknowledged. How long it would have taken is not known, but that it is
 * above any limit is: left out, it would make the figures of a run that loses publishes better.
 */
export const NEVER_ACKED_MS = 3_600_000

/** A mobile client loses its socket about once in this time (stated assumption), and resumes. */
export const DROP_EVERY_MS = 10 * 60_000
