// What an attendee's client does while it waits: the live load and the twin go by the same times.

/** After a refusal, until the publish is sent again. */
export const RESEND_REFUSED_MS = 1_000

/** How long after its end a session waits for missing acknowledgements; then it gives up what it still holds. */
export const SESSION_DRAIN_MS = 10_000

/**
 * What a publish counts as that was never acknowledged. How long it would have taken is not known, but that it is
 * above any limit is: left out, it would make the figures of a run that loses publishes better.
 */
export const NEVER_ACKED_MS = 3_600_000
