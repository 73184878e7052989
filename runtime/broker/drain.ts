// How a PoP that goes away spreads its sessions over time, so that the PoP that receives them has processor left.

export interface DrainCost {
  /** Processor time of one reconnect at the PoP that receives, ms. */
  handshakeMs: number
  /** Cores of that PoP. */
  cores: number
  /** Of them, the share that reconnects may take. */
  share: number
}

/**
 * Sessions a second that may come back: of `cores` seconds of processor a second, `share` is for reconnects of
 * `handshakeMs` each (utilisation law: rate = utilisation × servers / service time).
 */
export function reconnectsPerS({ handshakeMs, cores, share }: DrainCost): number {
  return (cores * share * 1_000) / handshakeMs
}

/** When the sessions of one of several threads are to go: the nth after `firstMs` + n × `stepMs`. */
export interface DrainSchedule {
  firstMs: number
  stepMs: number
}

/** One schedule a thread, interleaved: together they are evenly spread at `ratePerS`. */
export function drainSchedules(threads: number, ratePerS: number): DrainSchedule[] {
  const everyMs = 1_000 / ratePerS
  return Array.from({ length: threads }, (_, i) => ({ firstMs: i * everyMs, stepMs: threads * everyMs }))
}

/** Time until the last of `sessions` is to be gone, ms. */
export function drainMs(sessions: number, ratePerS: number): number {
  return (sessions / ratePerS) * 1_000
}
