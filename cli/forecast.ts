// `micropop forecast`: what the event may cost, as an interval and line by line, and whether that is within its budget.
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { TwinOutageDay } from '../simulator/costs/outage/twin-pairs.ts'
import type { PriceBook } from '../simulator/costs/price-book.ts'
import { ALLOCATIONS, type AllocationKey } from '../simulator/costs/sponsors/allocation-result.ts'
import type { DayFigures } from '../simulator/monte-carlo/run-day.ts'
import type { Scenario } from '../simulator/scenario.ts'
import { abortSignal } from './abort.ts'
import { seedOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

const FORMATS = ['text', 'json', 'csv', 'html', 'focus'] as const
type Format = (typeof FORMATS)[number]

/** By formulas, in under a second; a day in the twin takes seconds. */
const RUNS = { surrogate: 500, twin: 60 } as const
const RUNS_MAX = 100_000
/** Days with the outage, and as many without it. */
const OUTAGE_PAIRS = 3

interface Options {
  allocate?: AllocationKey
  runs?: number
  seed: number
  exact?: boolean
  budget?: string
  approve?: boolean
  by?: string
  record?: boolean
  ledger?: string
  soFar: string[]
  prices?: string
  calendar?: string
  format: Format
  out?: string
}

export function forecastCommand(): Command {
  return new Command('forecast')
    .description('what the event may cost: an interval, and every line of it')
    .argument('<event>', 'event file')
    .addOption(
      new Option(
        '--runs <n>',
        `possible bills (default: ${RUNS.surrogate}, with --exact ${RUNS.twin}); 0: no interval`,
      ).argParser(runCount),
    )
    .addOption(seedOption())
    .option('--exact', 'usage of each possible day from the twin, not by formulas: takes seconds a bill')
    .option('--budget <amount>', "instead of the event's own, e.g. '900 USD'")
    .addOption(pricesOption())
    .option('--approve', 'keep this forecast, frozen by its hash, as the one that was agreed')
    .option('--by <name>', 'who approves it')
    .option('--record', 'keep this forecast, so that `reconcile` can score it')
    .option('--ledger <dir>', 'where forecasts are kept (default: `ledger` beside the event file)')
    .addOption(
      new Option(
        '--so-far <file|[venue=]url>',
        'measured usage, a file or the admin port of each PoP (http://127.0.0.1:7071): spend until then, and where it ends',
      )
        .argParser((value: string, before: string[]) => [...before, value])
        .default([], 'none'),
    )
    .addOption(
      new Option('--format <format>', 'how the forecast is printed').choices(FORMATS).default('text'),
    )
    .option('--calendar <file>', 'events that share machines, for the page: YAML or iCalendar')
    .option('--out <dir>', 'also write forecast.txt, .json, .csv and .html there')
    .addHelpText(
      'after',
      '\nExit codes: 0 within the budget, 1 more probably over it than not, beyond the interval of that chance, 4 not told.',
    )
    .addOption(
      new Option(
        '--allocate <by>',
        'also split the total to the cent; with --format csv print that instead, with --format focus split every row',
      ).choices(ALLOCATIONS),
    )
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const book = await priceBookFrom(options.prices)
  const { event, result, kept } = await forecastOf(file, book, options)
  const page = async () => {
    const { financePage } = await import('./finance-page.ts')
    const { seed, calendar } = options
    return financePage(event, result, { seed, calendar, book, reproduce: again(file, options) })
  }
  const { format, allocate } = options
  const shown = async (as: Exclude<Format, 'html'>) => {
    const { focusCsv, withSponsors } = await import('./forecast-sponsors.ts')
    if (as === 'focus') return focusCsv(event, result, allocate)
    return withSponsors(event, result, as, allocate, (of) => render(of, as))
  }
  process.stdout.write(format === 'html' ? await page() : await shown(format))
  if (options.out !== undefined) {
    const { writeTogether } = await import('../reports/write.ts')
    await writeTogether(options.out, {
      'forecast.txt': await shown('text'),
      'forecast.json': await shown('json'),
      'forecast.csv': await render(result, 'csv'),
      'forecast.html': await page(),
      ...(allocate && { 'allocation.csv': await shown('csv') }),
    })
  }
  if (kept !== null) progress.note(`Kept in ${kept}`)
  process.exitCode = exitCode(result)
}

/** The event file is read first: the engine's modules take a second to load, and a mistake needs none of it. */
async function forecastOf(
  file: string,
  book: PriceBook,
  options: Options,
): Promise<{ event: EventSpec; result: ForecastReport; kept: string | null }> {
  const runs = options.runs ?? (options.exact ? RUNS.twin : RUNS.surrogate)
  if (runs === 0 && (options.approve || options.record)) {
    throw new InvalidInput('MP_OPTION', 'what is kept has an interval', 'Leave --runs 0 out.')
  }
  const { loadEvent } = await import('../infra/event/load.ts')
  const event = await withBudget(loadEvent(file), options.budget)
  const { readSoFar } = await import('./so-far.ts')
  const measuredIn = await readSoFar(options.soFar, event)
  const [{ openScenario }, { forecastReport }, { ledgerBeside, readLedger }, { fileHash }] =
    await Promise.all([
      import('../simulator/scenario.ts'),
      import('../simulator/costs/forecast-report.ts'),
      import('../simulator/costs/ledger/ledger.ts'),
      import('../simulator/costs/ledger/canonical.ts'),
    ])
  const folder = options.ledger ?? ledgerBeside(file)
  const [scenario, ledger, eventHash] = [await openScenario(event), await readLedger(folder), fileHash(file)]
  const measured = measuredIn === null ? null : measuredIn(scenario)
  const { seed } = options
  const days = options.exact ? await daysInTheTwin(scenario, runs, seed) : null
  const twinOutage = options.exact && event.outage !== null ? await outageInTheTwin(scenario, seed) : null
  const asked = { runs, seed, days, twinOutage, book, ledger, eventHash, measured }
  const result = await forecastReport(scenario, asked)
  const kept =
    options.approve || options.record ? await keepForecast(result, folder, eventHash, options) : null
  return { event, result, kept }
}

async function withBudget(event: EventSpec, budget: string | undefined): Promise<EventSpec> {
  if (budget === undefined) return event
  const { readMoney } = await import('../infra/event/units.ts')
  const read = readMoney(budget)
  if (!read.ok) throw new InvalidInput('MP_OPTION', `--budget: ${read.why}`, 'Write an amount in USD.')
  return { ...event, budget: read.value }
}

async function keepForecast(
  result: ForecastReport,
  folder: string,
  eventHash: string,
  { approve, by }: Options,
): Promise<string> {
  const [{ entryOf }, { keep }, { thisCommit }] = await Promise.all([
    import('../simulator/costs/ledger/entry.ts'),
    import('../simulator/costs/ledger/ledger.ts'),
    import('../simulator/rehearsal/machine.ts'),
  ])
  const kind = approve ? 'approved' : 'recorded'
  const createdAt = new Date(Date.now()).toISOString()
  const entry = entryOf(result, { kind, createdAt, by: by ?? null, commit: await thisCommit(), eventHash })
  return keep(folder, entry)
}

/** On all threads of this machine, as `simulate --runs` does. */
async function daysInTheTwin(scenario: Scenario, runs: number, seed: number): Promise<DayFigures[]> {
  const [{ jobOf }, { TwinThreads }, { defaultCalibration }] = await Promise.all([
    import('../simulator/monte-carlo/run-day.ts'),
    import('../simulator/monte-carlo/twin-threads.ts'),
    import('../simulator/calibration/default-calibration.ts'),
  ])
  await using pool = new TwinThreads(Math.max(1, Math.min(availableParallelism(), runs)), abortSignal())
  const tasks = Array.from({ length: runs }, (_, i) => ({ seed: seed + i, levels: null }))
  const step = progress.step('Simulating possible days')
  let done = 0
  const days = await pool
    .of(jobOf(scenario, defaultCalibration()))
    .run(tasks, () => step.update(`${++done} of ${runs}`))
  step.done(`${runs} days`)
  return days
}

async function outageInTheTwin(scenario: Scenario, seed: number): Promise<TwinOutageDay[]> {
  const [{ twinOutageDays }, { defaultCalibration }] = await Promise.all([
    import('../simulator/costs/outage/twin-pairs.ts'),
    import('../simulator/calibration/default-calibration.ts'),
  ])
  const step = progress.step('Simulating the day with and without the outage')
  let runs = 0
  const days = await twinOutageDays(scenario, defaultCalibration(), {
    ...{ seed, pairs: OUTAGE_PAIRS, signal: abortSignal() },
    done: () => step.update(`${++runs} runs`),
  })
  step.done(`${runs} runs`)
  return days
}

async function render(result: ForecastReport, format: Exclude<Format, 'html' | 'focus'>): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/terminal-forecast.ts')).renderForecastText(result)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(result)
    case 'csv':
      return (await import('../reports/forecast-csv.ts')).renderForecastCsv(result)
  }
}

function again(file: string, { seed, runs, exact, budget, calendar, prices }: Options): string {
  const parts = [
    `npx micropop forecast ${file} --format html --seed ${seed}`,
    runs === undefined ? '' : ` --runs ${runs}`,
    exact ? ' --exact' : '',
    budget === undefined ? '' : ` --budget '${budget}'`,
    calendar === undefined ? '' : ` --calendar ${calendar}`,
    prices === undefined ? '' : ` --prices ${prices}`,
  ]
  return parts.join('')
}

/** 1 where the budget is passed, 4 where nobody can tell, else 0. */
function exitCode({ interval, budget }: ForecastReport): 0 | 1 | 4 {
  const outcome = interval === null ? budget?.outcome : interval.over?.outcome
  if (outcome === undefined || outcome === 'within') return 0
  return outcome === 'over' ? 1 : 4
}

function runCount(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0 || value > RUNS_MAX) {
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${RUNS_MAX}.`)
  }
  return value
}
