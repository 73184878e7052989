// The cheapest way of buying that meets an event's service levels: formulas screen, the twin confirms, cheapest first.
import type { EventSpec } from '../../infra/event/event.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { expectedCost } from '../costs/expected-cost.ts'
import type { PriceBook } from '../costs/price-book.ts'
import { withVenue } from '../fixes/changed-pop.ts'
import type { DayFigures } from '../monte-carlo/run-day.ts'
import { TwinThreads } from '../monte-carlo/twin-threads.ts'
import { openScenario } from '../scenario.ts'
import { dayOfOutage } from '../workload/show-day.ts'
import {
  type Budget,
  CONFIDENCE,
  daysNeeded,
  finalistOf,
  levelsOf,
  outcomeOf,
  SCOUT_DAYS,
  type Tried,
  type Twin,
  tryUpTo,
} from './confirm.ts'
import type { Binding, Finalist, PlanPoint, PlanResult, VenuePlan } from './plan-result.ts'
import { type Screened, type Screening, screenVenue } from './screen.ts'

/** What two cores do in some two and a half minutes: a day of 2,000 attendees takes five seconds of one. */
const ATTENDEE_DAYS = 130_000
/** Ways of one venue in the twin. */
const FINALISTS_MAX = 6
/** Days of the whole event with the chosen. */
const TOGETHER_DAYS = 4

export interface PlanOptions {
  firstSeed: number
  /** Days of one way of buying; null: as many as can show the target, within the bound of a search. */
  seeds: number | null
  calibration: Calibration
  book: PriceBook
  threads: number
  signal?: AbortSignal
  progress?: (text: string) => void
}

/** The same for equal event, seed and seeds, whatever the machine. Errors: MP_SEEDS_TOO_FEW. */
export async function plan(event: EventSpec, options: PlanOptions): Promise<PlanResult> {
  const { firstSeed, calibration, book, signal, progress } = options
  const { target } = event.uncertainty
  const needed = daysNeeded(target)
  const seeds = options.seeds ?? needed
  if (seeds < needed)
    throw new InvalidInput(
      'MP_SEEDS_TOO_FEW',
      `${seeds} ${seeds === 1 ? 'day' : 'days'} cannot show a level on ${Math.round(target * 100)} % of days, even where each of them meets it`,
      `Give --seeds ${needed} or more, or leave it out.`,
    )
  const budget: Budget = {
    days: 0,
    attendeeDays: 0,
    bound: options.seeds === null ? ATTENDEE_DAYS : null,
    reached: false,
  }
  // First, so that the threads load the twin while ways are priced here.
  await using threads = new TwinThreads(options.threads, signal)
  let priced = 0
  const screenings: Screening[] = []
  for (const venue of event.venues) {
    const with_ = { calibration, book, ...(signal && { signal }) }
    const told = () => progress?.(`${++priced} priced`)
    screenings.push(await screenVenue(event, venue, { ...with_, progress: told }))
  }
  const window = dayOfOutage(event)
  const told = (what: string, days: number) => progress?.(`${what}: ${days} days`)
  const twin: Twin = { threads, calibration, window, firstSeed, budget, ran: new Map(), progress: told }
  const venues: (Searched & { screening: Screening; judged: boolean })[] = []
  const someSearched = screenings.some(({ searched }) => searched > 1)
  // Where nothing can be chosen first: a venue that fails as it is fails the event.
  for (const screening of screenings.toSorted((a, b) => a.options.length - b.options.length)) {
    // Days without a choice to make would cost as much as the search itself.
    const judged = screening.searched > 1 || !someSearched
    const searched = judged
      ? await searchVenue(screening, seeds, target, twin)
      : await lookAt(screening, target, twin)
    venues.push({ screening, judged, ...searched })
  }
  venues.sort((a, b) => event.venues.indexOf(a.screening.venue) - event.venues.indexOf(b.screening.venue))

  const ownCost = screenings[0]?.options.find(({ own }) => own)?.cost ?? 0n
  const plans = venues.map((of) => venuePlan(of.screening, of, of.judged, target))
  const chosen = venues.flatMap(({ chosen: of }) => (of ? [of] : []))
  const all = chosen.length === venues.length
  const best = all ? chosen.map(({ option }) => option) : null
  const decided = venues.flatMap(({ judged, chosen: of }) => (judged && of ? [of] : []))
  return {
    event: event.name,
    file: event.file,
    ...{ firstSeed, seeds, target, confidence: CONFIDENCE },
    own: {
      cost: ownCost,
      outcome: worstOutcome(plans.map(({ finalists }) => finalists.find(({ own }) => own))),
    },
    chosen: best && (await chosenOf(event, best, decided, plans, { target, book })),
    venues: plans,
    together: best && (await together(event, best, twin)),
    twin: budget,
  }
}

interface Searched {
  tried: Tried[]
  chosen: Tried | null
}

/** Upwards from the cheapest until one meets the levels; then a few days of the event's own, to compare with. */
async function searchVenue(
  { options }: Screening,
  seeds: number,
  target: number,
  twin: Twin,
): Promise<Searched> {
  const tried: Tried[] = []
  let chosen: Tried | null = null
  for (const option of options.filter(({ dominated, own }) => own || !dominated)) {
    if (chosen === null && tried.length < FINALISTS_MAX) {
      const next: Tried = { option, days: [] }
      await tryUpTo(next, seeds, target, twin)
      tried.push(next)
      if (outcomeOf(levelsOf(next.days, target), target) === 'met') chosen = next
    } else if (option.own || (chosen !== null && tried.length < FINALISTS_MAX)) {
      const next: Tried = { option, days: [] }
      await tryUpTo(next, Math.min(seeds, SCOUT_DAYS), 0, twin)
      tried.push(next)
    }
  }
  return { tried, chosen }
}

/** A venue that is kept as it is: some days, which refuse it only where they show that it misses a level. */
async function lookAt({ options }: Screening, target: number, twin: Twin): Promise<Searched> {
  const tried = options.map((option): Tried => ({ option, days: [] }))
  for (const own of tried) await tryUpTo(own, SCOUT_DAYS, 0, twin)
  return {
    tried,
    chosen: tried.find(({ days }) => outcomeOf(levelsOf(days, target), target) !== 'missed') ?? null,
  }
}

function venuePlan(
  screening: Screening,
  { tried, chosen }: Searched,
  judged: boolean,
  target: number,
): VenuePlan {
  const { venue, options, kept, leftOut, searched } = screening
  const point = ({ what, keys, cost, spot, formulas, dominated }: Screened): PlanPoint => {
    return { what, keys, cost, spot, formulas, dominated }
  }
  return {
    venue: venue.name,
    judged,
    ...{ searched, leftOut, kept },
    points: options.map(point),
    finalists: tried.map((of) => finalistOf(of, target)),
    chosen: chosen && tried.indexOf(chosen),
    busy: (chosen?.option ?? options.find(({ own }) => own))?.busy ?? null,
  }
}

/** Of the venues that are judged. A day meets a level where each of them meets it: their attendees together cannot be later than each of them alone. */
async function chosenOf(
  event: EventSpec,
  options: readonly Screened[],
  chosen: readonly Tried[],
  plans: readonly VenuePlan[],
  { target, book }: { target: number; book: PriceBook },
): Promise<PlanResult['chosen']> {
  const bought = boughtOf(event, options)
  const { graph } = await openScenario(bought)
  const levels = levelsOf(jointDays(chosen), target)
  const outcome = outcomeOf(levels, target) === 'met' ? 'met' : 'open'
  return { cost: expectedCost(graph, bought, { book }).total, outcome, levels, binds: bindingOf(plans) }
}

function boughtOf(event: EventSpec, options: readonly Screened[]): EventSpec {
  return options.reduce((of, { venue }) => withVenue(of, venue), event)
}

function jointDays(chosen: readonly Tried[]): DayFigures[] {
  const days = Math.min(...chosen.map((of) => of.days.length))
  return Array.from({ length: days }, (_, i) => {
    const [first, ...others] = chosen.map((of) => of.days[i] as DayFigures)
    const all = [first as DayFigures, ...others].flatMap(({ levels }) => levels)
    const levels = [...Map.groupBy(all, ({ level }) => level).values()].map((told) => {
      const worst =
        told.find(({ outcome }) => outcome === 'missed') ??
        told.toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))[0]
      return worst as (typeof told)[number]
    })
    return { ...(first as DayFigures), levels }
  })
}

/** The level that comes nearest to its limit on any day of the chosen. */
function bindingOf(plans: readonly VenuePlan[]): Binding | null {
  const judged = plans.filter((plan) => plan.judged)
  const all = judged.flatMap(({ venue, finalists, chosen }) => {
    const levels = chosen === null ? [] : (finalists[chosen]?.levels ?? [])
    return levels
      .filter(({ limit }) => limit > 0)
      .map(({ level, unit, limit, worst }): Binding => ({ venue, level, unit, limit, worst }))
  })
  const share = ({ worst, limit }: Binding) => (worst ?? Number.POSITIVE_INFINITY) / limit
  return all.toSorted((a, b) => share(b) - share(a))[0] ?? null
}

async function together(
  event: EventSpec,
  options: readonly Screened[],
  twin: Twin,
): Promise<PlanResult['together']> {
  const [first] = options
  if (first === undefined || options.length === 1) return null
  const bought = boughtOf(event, options)
  const { topology } = await openScenario(bought)
  const tried: Tried = { option: { ...first, what: 'all venues', event: bought, topology }, days: [] }
  await tryUpTo(tried, TOGETHER_DAYS, 0, { ...twin, budget: { ...twin.budget, bound: null } })
  twin.budget.days += tried.days.length
  twin.budget.attendeeDays +=
    tried.days.length * event.venues.reduce((sum, { attendees }) => sum + attendees, 0)
  const met = tried.days.filter(({ levels }) => levels.every(({ outcome }) => outcome !== 'missed')).length
  return { days: tried.days.length, met }
}

function worstOutcome(finalists: readonly (Finalist | undefined)[]): Finalist['outcome'] {
  const outcomes = finalists.map((finalist) => finalist?.outcome ?? 'open')
  if (outcomes.includes('missed')) return 'missed'
  return outcomes.includes('open') ? 'open' : 'met'
}
