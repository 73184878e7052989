// The CPU credits of a load that somebody writes down: `2:30,8:55` is two hours at 30 %, then eight at 55 %.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { CreditMode } from '../../infra/event/event.ts'
import { quote } from '../../infra/event/quote.ts'
import { didYouMean } from '../../infra/event/suggest.ts'
import { InvalidInput } from '../../runtime/errors.ts'
import { atLaunch, chargeSurplus, isBurstable, runLoad, vcpuHoursOfCredits } from './cpu-credits.ts'
import type { CreditComparison, CreditPoint, CreditReport, CreditStep } from './credits-result.ts'
import { amountOf, decimalText, quantityOf } from './money.ts'
import type { PriceBook } from './price-book.ts'

/** A year: the trace has a point an hour. */
export const LOAD_HOURS_MAX = 8_784
export const LOAD_STEPS_MAX = 1_000
/** Decimal places of credits and minutes; hides what binary fractions leave behind. */
const PLACES = 9

export interface LoadStep {
  hours: number
  cpuPct: number
}

const EXAMPLE = '2:30,8:55'
const STEP = /^(\d{1,6}(?:\.\d{1,6})?):(\d{1,3}(?:\.\d{1,6})?)%?$/

/** Reads `H:PCT,H:PCT…`. Errors: MP_LOAD_INVALID, with the part that is wrong and what to write. */
export function readLoad(text: string): LoadStep[] {
  const parts = text.split(',', LOAD_STEPS_MAX + 1)
  if (parts.length > LOAD_STEPS_MAX) {
    throw invalid(`the load has more than ${LOAD_STEPS_MAX} parts`, 'Join parts that have the same load.')
  }
  const steps = parts.map((part, i) => readStep(part.trim(), i + 1))
  const hours = steps.reduce((sum, step) => sum + step.hours, 0)
  if (hours > LOAD_HOURS_MAX) {
    throw invalid(
      `the load lasts ${hours} hours, more than the ${LOAD_HOURS_MAX} of a year`,
      'Write a shorter load: after a day at one load nothing new happens.',
    )
  }
  return steps
}

function readStep(part: string, number: number): LoadStep {
  const match = STEP.exec(part)
  const [hours, cpuPct] = [Number(match?.[1]), Number(match?.[2])]
  if (match && hours > 0 && cpuPct <= 100) return { hours, cpuPct }
  const which = `part ${number} of the load, ${quote(part)},`
  if (match && hours > 0) {
    throw invalid(`${which} has ${cpuPct} %, but 100 % is every vCPU busy`, `Write ${match[1]}:100 or less.`)
  }
  const why = match ? 'lasts no time' : 'is not hours and percent'
  throw invalid(`${which} ${why}`, `Write hours, a colon and percent of all vCPUs, such as ${EXAMPLE}.`)
}

function invalid(message: string, remedy: string): InvalidInput {
  return new InvalidInput('MP_LOAD_INVALID', message, remedy)
}

/**
 * Runs the load from the launch on. Errors: MP_TYPE_UNKNOWN, MP_TYPE_NOT_BURSTABLE, MP_REGION_UNKNOWN.
 */
export function creditsOfLoad(
  { instanceType, mode, region }: { instanceType: string; mode: CreditMode; region: string },
  load: readonly LoadStep[],
  book: PriceBook,
): CreditReport {
  const { vcpus, burst } = burstableType(instanceType)
  const regions = loadCatalog().regions()
  if (!regions.includes(region)) {
    throw new InvalidInput(
      'MP_REGION_UNKNOWN',
      `${quote(region)} is not a region of the catalogue${didYouMean(region, regions)}`,
      'Write the code of a region, such as eu-west-1.',
    )
  }
  const size = { vcpus, ...burst }
  let state = atLaunch(instanceType, size, mode)
  let hour = 0
  let throttledHours = 0
  const point = (): CreditPoint => ({
    hour: rounded(hour),
    balance: rounded(state.launch + state.earned),
    surplus: rounded(state.surplus),
    charged: rounded(state.charged),
    throttledMinutes: rounded(throttledHours * 60),
  })
  const trace = [point()]
  const steps: CreditStep[] = load.map(({ hours, cpuPct }) => {
    for (let left = hours; left > 0; left = rounded(left - 1)) {
      const ran = runLoad(size, mode, state, { hours: Math.min(left, 1), cpuPct })
      state = ran.state
      throttledHours += ran.throttledHours
      hour += Math.min(left, 1)
      trace.push(point())
    }
    return { hours, cpuPct, ...point() }
  })
  const rate = book.rate(region, `ec2.surplus-credits.${instanceType.slice(0, instanceType.indexOf('.'))}`)
  const tier = rate?.tiers[0] ?? null
  const priced = (credits: number) =>
    tier && amountOf(tier.priceUsd, vcpuHoursOfCredits(quantityOf(rounded(credits))))
  const { hour: _end, ...end } = point()
  return {
    ...{ instanceType, mode, region, vcpus },
    creditsPerHour: burst.creditsPerHour,
    maxCredits: burst.maxCredits,
    baselinePct: burst.baselinePctPerVcpu,
    ...end,
    rateUsd: tier && decimalText(tier.priceUsd),
    rateSource: tier?.source ?? null,
    usd: priced(state.charged),
    usdWhenStopped: priced(chargeSurplus(state).charged),
    steps,
    trace,
  }
}

/** Errors: those of `creditsOfLoad`. */
export function creditsInBothModes(
  of: { instanceType: string; region: string },
  load: readonly LoadStep[],
  book: PriceBook,
): CreditComparison {
  return {
    standard: creditsOfLoad({ ...of, mode: 'standard' }, load, book),
    unlimited: creditsOfLoad({ ...of, mode: 'unlimited' }, load, book),
  }
}

function burstableType(instanceType: string) {
  const types = loadCatalog().instanceTypes
  const found = types.get(instanceType)
  const burstable = [...types.values()].filter(({ burst }) => burst !== null).map(({ name }) => name)
  if (!found) {
    throw new InvalidInput(
      'MP_TYPE_UNKNOWN',
      `${quote(instanceType)} is not an instance type of the catalogue${didYouMean(instanceType, burstable)}`,
      'Write a burstable type, such as t3.medium.',
    )
  }
  if (!isBurstable(instanceType) || found.burst === null || found.vcpus === null) {
    throw new InvalidInput(
      'MP_TYPE_NOT_BURSTABLE',
      `${instanceType} has no CPU credits: it may use its whole CPU all the time`,
      'Write a burstable type: one of t2, t3, t3a or t4g, such as t3.medium.',
    )
  }
  return { vcpus: found.vcpus, burst: found.burst }
}

function rounded(value: number): number {
  return Number(value.toFixed(PLACES))
}
