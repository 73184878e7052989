// What the event's outage costs: what it adds to the bill, what sponsors do not pay, and how long PoPs take over it.
import type { OutageTarget, PicoUsd } from '../../../infra/event/event.ts'
import type { UnpricedLine } from '../forecast-result.ts'

/** How the queue of a PoP comes through one step of the outage. */
export interface OutageRecovery {
  /** null: all PoPs together, as the twin counts. */
  venue: string | null
  /** null: all steps of the day together. */
  target: OutageTarget | null
  /** Of the show, from 1. */
  day: number
  /** Seconds without the link or process. */
  goneS: number
  /** Messages that wait for central, or at devices for a PoP that is gone, when they are most. */
  backlog: number | null
  /** Seconds from the first message that goes up again until none waits any more; null: not within the run, or never. */
  drainS: number | null
  /** Seconds from the link's return until the backlog is what it was before, in the twin acknowledgements too; null as above. */
  recoveryS: number | null
}

/** Quantity and amount are what the outage adds; below zero: what it saves. */
export interface OutageLine {
  /** `bill`: what AWS or a venue charges more; `income`: what a sponsor pays less. */
  kind: 'bill' | 'income'
  venue: string | null
  description: string
  quantity: string
  unit: string
  /** USD per unit. */
  rate: string
  rateSource: { id: string; date: string }
  quantitySource: 'surrogate' | 'twin'
  amount: PicoUsd
  why: string
}

/** What happens to people, and to what sponsors pay for them; the former has no price of its own. */
export interface Missed {
  /** Seconds in which attendees are not served, summed over them. */
  attendeeSeconds: number
  /** Chats and votes that they would have sent meanwhile. */
  messages: number
  income: PicoUsd
}

export interface OutageCost {
  name: string
  through: 'surrogate' | 'twin'
  /** Days in the twin, each with and without the outage on the same seed; 0: by formulas. */
  pairs: number
  recoveries: OutageRecovery[]
  lines: OutageLine[]
  /** Minutes more in which a machine in standard mode has its baseline only: no bill shows them. */
  throttled: { venue: string; minutes: number }[]
  /** Of the same outage, by formulas, as it is and had the event no PoPs. */
  missed: { withPops: Missed; withoutPops: Missed }
  /** What differs and has no price: in no sum. */
  unpriced: UnpricedLine[]
  /** Sums of the lines, before tax; `total` is both. */
  bill: PicoUsd
  income: PicoUsd
  total: PicoUsd
  /** What lies beyond what the formulas were compared with. */
  outside: string[]
}
