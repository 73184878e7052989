// The cheapest way of buying that was found, what it was held against, and what it hangs on. Money is exact pico-dollars.
import type { PicoUsd } from '../../infra/event/event.ts'
import type { LevelChance } from '../monte-carlo/monte-carlo-result.ts'
import type { SpotShare } from '../uncertainty/spot-share-result.ts'

/** A key below the venue in the event file; null: the key is left out. */
export interface PlannedKey {
  path: string[]
  value: string | null
}

/** p99 in milliseconds; null: nothing was sent. */
export interface Latencies {
  ackP99Ms: number | null
  deliveryP99Ms: number | null
}

export interface PlanLevel extends LevelChance {
  /** Of all days; null: a day did not reach it. */
  worst: number | null
}

/** One way of buying the machine of a venue. */
export interface PlanPoint {
  what: string
  keys: PlannedKey[]
  /** Of the whole event with it, everything else as the file says. */
  cost: PicoUsd
  /** How often its machine is taken back, which the twin does not run; null: it is not on spot. */
  spot: SpotShare | null
  /** By formulas; null: outside of where they were compared with the twin. */
  formulas: Latencies | null
  /** Another costs no more and is no worse in anything that is looked at. */
  dominated: boolean
}

export interface Finalist extends PlanPoint {
  /** As the event file says. */
  own: boolean
  /** Medians over the first days in the twin, the same for each finalist, of this venue alone. */
  twin: Latencies
  days: number
  levels: PlanLevel[]
  /** `met`: each level on enough days, with the confidence of the result. `open`: the days could not show it. */
  outcome: 'met' | 'missed' | 'open'
}

export interface VenuePlan {
  venue: string
  /** false: there was nothing to search, and only some days were looked at, which are not in the levels of the result. */
  judged: boolean
  /** Ways of buying that were priced. */
  searched: number
  leftOut: { unpriced: number; missedByFormulas: number; outsideFormulas: number }
  points: PlanPoint[]
  /** Cheapest first. */
  finalists: Finalist[]
  /** Of `finalists`; null: none meets the levels. */
  chosen: number | null
  /** Busy share by formulas: of one core over the whole day, and of the busiest thread in its busiest minute. */
  busy: { typical: number; peak: number } | null
  /** What was kept as it is, and why. */
  kept: string[]
}

export interface Binding {
  venue: string
  level: string
  unit: LevelChance['unit']
  limit: number
  worst: number | null
}

export interface PlanResult {
  event: string
  file: string
  firstSeed: number
  /** Most days that one way of buying was tried on. */
  seeds: number
  target: number
  confidence: number
  own: { cost: PicoUsd; outcome: Finalist['outcome'] }
  /** null: nothing that was tried meets the levels. */
  chosen: { cost: PicoUsd; outcome: 'met' | 'open'; levels: PlanLevel[]; binds: Binding | null } | null
  venues: VenuePlan[]
  /** Days of the whole event with the chosen: do its venues meet together what they meet alone? */
  together: { days: number; met: number } | null
  /** Days in the twin, their attendees, and the bound of those; null: the caller set the number of days. */
  twin: { days: number; attendeeDays: number; bound: number | null; reached: boolean }
}
