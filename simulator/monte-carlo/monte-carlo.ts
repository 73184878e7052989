// Many possible days of an event: runs them, and says how its figures spread and how probably it meets its service levels.
import type { ServiceLevels } from '../../infra/event/event.ts'
import type { FigureId, Verdict } from '../run-result.ts'
import { spotShares } from '../uncertainty/spot-share.ts'
import { quantile, quantileBounds, wilsonBounds } from './intervals.ts'
import type {
  FigureSpread,
  LevelChance,
  MonteCarloResult,
  OutsideRange,
  UsageSpread,
} from './monte-carlo-result.ts'
import type { DayFigures, Job, Task } from './run-day.ts'
import { tornados, tornadoTasks } from './tornado.ts'
import type { DayRunner } from './twin-threads.ts'

const PS = [0.1, 0.5, 0.9, 0.99]
const ALPHA = 0.05

/**
 * `auto` looks after so many days whether they are enough. 120 are the fewest that can show a target of 95 % at the
 * confidence of one look; 960 take hours.
 */
const LOOKS = [120, 240, 480, 960]
/** Each look has its share of the error, so that all together have no more than one (Bonferroni). */
const ALPHA_OF_A_LOOK = ALPHA / LOOKS.length
/** Tight enough: the 90th percentile is known to this share of the service level. */
const TIGHT = 0.1
/** The quantile that has to be tight. */
const TIGHT_P = 0.9

/** Figures that have a service level, in the unit of the figure. */
export const LIMITS: [FigureId, (levels: ServiceLevels) => number][] = [
  ['ack-p99', ({ ackP99Ms }) => ackP99Ms],
  ['delivery-p99', ({ deliveryP99Ms }) => deliveryP99Ms],
  ['page-p50', ({ pageP50Ms }) => pageP50Ms],
  ['recovery', ({ recoveryS }) => recoveryS],
]

export interface MonteCarloOptions {
  job: Job
  firstSeed: number
  /** How many days, or until all is known. */
  days: number | 'auto'
  runner: DayRunner
  /** After each day: how many are done, of how many that are asked for by now. */
  progress?: (done: number, of: number) => void
}

/** The same for equal job, seed and days, bit for bit, whoever runs the days. */
export async function monteCarlo(options: MonteCarloOptions): Promise<MonteCarloResult> {
  const { job, firstSeed, runner, progress } = options
  const looks = options.days === 'auto' ? LOOKS : [options.days]
  const alpha = options.days === 'auto' ? ALPHA_OF_A_LOOK : ALPHA
  const extra = tornadoTasks(job.event, firstSeed)
  const days: DayFigures[] = []
  let done = 0
  const run = (tasks: Task[], of: number) => runner.run(tasks, () => progress?.(++done, of))
  let stopped: MonteCarloResult['stopped'] = options.days === 'auto' ? 'most' : 'asked'
  for (const look of looks) {
    const seeds = Array.from({ length: look - days.length }, (_, i) => firstSeed + days.length + i)
    const last = look === looks.at(-1)
    days.push(
      ...(await run(
        seeds.map((seed): Task => ({ seed, levels: null })),
        look + (last ? extra.length : 0),
      )),
    )
    if (options.days === 'auto' && isTight(days, job, alpha)) {
      stopped = 'tight'
      break
    }
  }
  const ends = await run(extra, days.length + extra.length)
  const { event, window } = job
  return {
    event: event.name,
    outage: event.outage?.name ?? null,
    window,
    firstSeed,
    days: days.length,
    confidence: 1 - alpha,
    stopped,
    target: event.uncertainty.target,
    uncertainty: event.uncertainty,
    spotShares: spotShares(event),
    ps: PS,
    figures: spreads(days, alpha),
    levels: chances(days, event.uncertainty.target, alpha),
    tornados: tornados(job.event, ends, days),
    usage: usageSpreads(days),
    outsideRange: outsideRanges(days),
  }
}

/** Every level is decided, and every figure that has one is known well enough. */
function isTight(days: DayFigures[], { event }: Job, alpha: number): boolean {
  const decided = chances(days, event.uncertainty.target, alpha).every(
    ({ outcome }) => outcome !== 'inconclusive',
  )
  return (
    decided &&
    LIMITS.every(([id, limitOf]) => {
      const values = ascending(days, id)
      if (values.length === 0) return true
      const { low, high } = quantileBounds(values, TIGHT_P, alpha)
      return low !== null && high !== null && high - low <= TIGHT * limitOf(event.serviceLevels)
    })
  )
}

function spreads(days: readonly DayFigures[], alpha: number): FigureSpread[] {
  return (days[0]?.figures ?? []).flatMap(({ id, label, unit }): FigureSpread[] => {
    const values = ascending(days, id)
    if (values.length === 0) return []
    const quantiles = PS.map((p) => {
      const { low, high } = quantileBounds(values, p, alpha)
      return { p, value: finite(quantile(values, p)), low: finite(low), high: finite(high) }
    })
    return [{ id, label, unit, days: values.length, quantiles }]
  })
}

/** A recovery that a day with an outage did not see is longer than any that was seen. */
function ascending(days: readonly DayFigures[], id: FigureId): number[] {
  return days
    .flatMap(({ figures, outages }) => {
      const value = figures.find((figure) => figure.id === id)?.value ?? null
      if (value !== null) return [value]
      return id === 'recovery' && outages > 0 ? [Number.POSITIVE_INFINITY] : []
    })
    .sort((a, b) => a - b)
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}

function chances(days: readonly DayFigures[], target: number, alpha: number): LevelChance[] {
  const known = new Map<string, Pick<Verdict, 'level' | 'limit' | 'unit'>>()
  for (const { levels } of days)
    for (const told of levels) if (!known.has(told.level)) known.set(told.level, told)
  return [...known.values()].map(({ level, limit, unit }): LevelChance => {
    const outcomes = days.flatMap(({ levels }) =>
      levels.flatMap((told) => (told.level === level ? [told.outcome] : [])),
    )
    const met = outcomes.filter((outcome) => outcome === 'met').length
    const told = met + outcomes.filter((outcome) => outcome === 'missed').length
    const { low, high } = wilsonBounds(met, told, alpha)
    return { level, limit, unit, days: told, met, low, high, outcome: outcomeOf(told, low, high, target) }
  })
}

function outcomeOf(days: number, low: number, high: number, target: number): Verdict['outcome'] {
  if (days === 0) return 'unknown'
  if (low >= target) return 'met'
  return high < target ? 'missed' : 'inconclusive'
}

function usageSpreads(days: readonly DayFigures[]): UsageSpread[] {
  const byMeter = new Map<string, { urn: string; meter: string; unit: string; quantities: number[] }>()
  for (const { usage } of days) {
    for (const { urn, meter, unit, quantity } of usage) {
      const key = `${urn} ${meter}`
      const known = byMeter.get(key) ?? { urn, meter, unit, quantities: [] }
      known.quantities.push(quantity)
      byMeter.set(key, known)
    }
  }
  return [...byMeter.values()].map(({ quantities, ...of }) => {
    const sorted = quantities.sort((a, b) => a - b)
    return { ...of, quantities: PS.map((p) => quantile(sorted, p)) }
  })
}

/** Sentences that differ in their numbers are about the same. */
function outsideRanges(days: readonly DayFigures[]): OutsideRange[] {
  const NUMBER = /\d+(\.\d+)?/
  const size = (text: string) => Number(NUMBER.exec(text)?.[0] ?? 0)
  const found = new Map<string, OutsideRange>()
  for (const what of days.flatMap(({ outsideRange }) => outsideRange)) {
    const about = what.replace(NUMBER, '')
    const known = found.get(about)
    if (!known) found.set(about, { what, days: 1 })
    else found.set(about, { what: size(what) > size(known.what) ? what : known.what, days: known.days + 1 })
  }
  return [...found.values()]
}
