// Which changes of an event withstand an outage, and what each costs.
import type { PicoUsd } from '../../infra/event/event.ts'
import type { Verdict } from '../run-result.ts'

export interface Fix {
  /** What is changed, e.g. `park: a second uplink of 20 Mbit/s over 5g`. */
  what: string
  /** Line of the event file to change, and what to write there. */
  line: number
  write: string
  /** Levels that the outage still breaks; empty: it is withstood. */
  broken: Verdict[]
  /** Of the expected cost of the event. */
  difference: PicoUsd
  /** What of it has no price, e.g. the rent of an uplink; null: all is in `difference`. */
  unpriced: string | null
}

export interface FixesResult {
  event: string
  file: string
  outage: string
  seed: number
  /** What the outage breaks as the event is. */
  broken: Verdict[]
  /** Those that withstand it first, cheapest first, what has no price after what has. */
  fixes: Fix[]
}
