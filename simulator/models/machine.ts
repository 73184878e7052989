// What the runtime's work costs a processor, for the twin and the surrogate alike.

/**
 * Processor time of the broker's event loop, ms. Per delivery: the send loop of bare `ws`, measured on one 2-core
 * machine on 2026-11-23 at 1,000 sessions and 20 messages a second. Per publish (parse, admit, log, acknowledge) and
 * per page with its images from a warm cache: stated assumptions until a bench measures them.
 */
export const CPU_MS = { publish: 0.08, delivery: 0.01, page: 4 }

/** TLS record, TCP and IP headers of one small frame: billed as egress, absent from the frame. Stated assumption. */
export const FRAME_OVERHEAD_BYTES = 66
