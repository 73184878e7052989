// All that `forecast` says: the lines, the interval, what each phase costs and what goes on costing, and what was agreed.
import type { PicoUsd } from '../../infra/event/event.ts'
import type { CheaperWay } from './cheaper/cheaper-result.ts'
import type { Forecast } from './forecast-result.ts'
import type { CostInterval } from './interval/interval-result.ts'
import type { ApprovedComparison } from './ledger/approved-result.ts'
import type { Coverage } from './ledger/ledger-result.ts'
import type { OutageCost } from './outage/outage-cost-result.ts'
import type { SoFar } from './so-far/so-far-result.ts'

export interface PhaseCost {
  name: 'set-up' | 'show' | 'night' | 'tear-down'
  /** Which day of the event, from 1. */
  day: number
  startMs: number
  endMs: number
  /** On the clocks of the event's time zone, `2026-12-03T09:00`. */
  startsAt: string
  endsAt: string
  /** That pass, a change of clocks counted. */
  hours: number
  /** Before tax. Phases add up to the total. */
  amount: PicoUsd
}

/** What goes on costing when the event is over. */
export interface Tail {
  venue: string
  urn: string
  what: string
  /** Before tax; null: not known, and why. */
  monthly: PicoUsd | null
  atMost: boolean
  /** `by-hand`: until a person deletes it; `by-itself`: it ends on its own; `with-destroy`: when the stack is destroyed. */
  ends: 'by-hand' | 'by-itself' | 'with-destroy'
  why: string
}

export interface ForecastReport extends Forecast {
  /** Of the event; its phases are on these clocks. */
  timezone: string
  /** null: not asked for. */
  interval: CostInterval | null
  phases: PhaseCost[]
  tails: Tail[]
  /** What an hour more of tear-down adds, which no interval knows. */
  anHourLonger: PicoUsd
  /** Up to three ways under the budget; null: it is not passed. */
  cheaper: CheaperWay[] | null
  /** Against the forecast that was approved last; null: none was. */
  approved: ApprovedComparison | null
  /** By measured usage; null: none was given. */
  soFar: SoFar | null
  /** How often the bills of the ledger fell where its forecasts said. */
  coverage: Coverage
  /** What the event's outage costs where it happens as planned: in no other sum. null: the event names none. */
  outage: OutageCost | null
}
