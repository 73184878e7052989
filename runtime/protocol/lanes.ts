// Lanes: the five priorities that order everything on a socket and on the uplink, highest first.

export const LANES = ['control', 'critical', 'interactive', 'state', 'bulk'] as const
export type Lane = (typeof LANES)[number]

/**
 * How durable a message is when it is acknowledged. `memory`: taken. `disk`: fsynced at the PoP. `replica`: fsynced at
 * a second PoP too. `central`: committed centrally.
 */
export const DURABILITIES = ['memory', 'disk', 'replica', 'central'] as const
export type Durability = (typeof DURABILITIES)[number]

export function isLane(value: unknown): value is Lane {
  return LANES.includes(value as Lane)
}

export function isDurability(value: unknown): value is Durability {
  return DURABILITIES.includes(value as Durability)
}
