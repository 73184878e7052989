// What the runtime's work costs a processor and a network, as far as it is stated and not calibrated.

/**
 * Processor time of a PoP, ms. Idle: a PoP with its uplink and no session, 25 s on one 2-core machine on 2026-11-23.
 * Per delivery: the send loop of bare `ws` on that machine at 1,000 sessions and 20 messages a second. Per join, which
 * a resumed session is too: from a rehearsal of 25 s and one of 57 s on that machine, which differ in joins per
 * publish. Per page with its images from a warm cache: an assumption until a bench measures it.
 */
export const STATED_CPU = { idleMsPerMinute: 210, joinMs: 2.3, deliveryMs: 0.01, pageMs: 4 }

/**
 * Processor time of a TLS 1.3 handshake at the PoP, ms: Node 24, ECDSA P-256, X25519, no resumption; 2,000 handshakes one
 * after the other on that machine on 2026-11-24 took 0.54 ms each, less 0.05 ms for the TCP connection.
 */
export const TLS_HANDSHAKE_MS = 0.5

/** Processor time that a rehearsal costs a PoP by asking once for its queue, ms: that PoP asked 4 times a second. */
export const QUEUE_POLL_CPU_MS = 1.2

/** TLS record, TCP and IP headers of one small frame: billed as egress, absent from the frame. Stated assumption. */
export const FRAME_OVERHEAD_BYTES = 66
