// `micropop reconcile`: a forecast held against the real bill, and the bill kept in the ledger.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import type { Coverage, LedgerEntry, LedgerScore } from '../simulator/costs/ledger/ledger-result.ts'
import type { ExpectedLine } from '../simulator/costs/reconcile/reconcile.ts'
import type { Reconciliation } from '../simulator/costs/reconcile/reconcile-result.ts'
import { abortSignal } from './abort.ts'
import { commandLine } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

const FORMATS = ['text', 'json', 'csv', 'html'] as const
const EXIT_CODES = { within: 0, outside: 1, nothing: 4 } as const
const DAY_MS = 86_400_000
const TICK_MS = 1_000

interface Options {
  bill: string[]
  rate: Record<string, string>
  ledger?: string
  tailDays: number
  tolerance: number
  prices?: string
  format: (typeof FORMATS)[number]
}

export function reconcileCommand(): Command {
  return new Command('reconcile')
    .description("hold the event's forecast against the real bill, and say what differs and why")
    .argument('<event>', 'event file')
    .requiredOption(
      '--bill <file...>',
      'parts of one export: FOCUS 1.0 to 1.4 or AWS CUR 2.0; CSV, gzip or Parquet',
    )
    .addOption(
      new Option('--rate <currency=usd>', 'what one of a currency is in USD, as EUR=1.08')
        .argParser(exchangeRate)
        .default({}, 'none'),
    )
    .option('--ledger <dir>', 'compare with the last forecast kept there, and keep the bill')
    .option('--tail-days <n>', "days after tear-down that are still the event's", wholeFromZero, 7)
    .option(
      '--tolerance <percent>',
      'what a bill may differ by where no interval was kept',
      wholeFromZero,
      10,
    )
    .addOption(pricesOption().conflicts('ledger'))
    .addOption(new Option('--format <format>', 'html: one page to forward').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      '\nEnds with 0 where the bill is within the interval or the tolerance, 1 where it is outside,' +
        '\n2 for a bill that cannot be read, 4 where nothing on it carries the tag of the event.',
    )
    .action(async (file: string, options: Options) => {
      const { loadEvent } = await import('../infra/event/load.ts')
      const event = loadEvent(file)
      const entry = await lastForecast(event, options.ledger)
      const result = await reconciled(event, entry, options)
      if (entry && options.ledger !== undefined && result.outcome !== 'nothing') {
        await keepScore(entry, result, options.ledger)
      }
      const coverage = options.ledger === undefined ? null : await coverageIn(options.ledger)
      process.stdout.write(await render(result, coverage, options.format, again(file, options)))
      process.exitCode = EXIT_CODES[result.outcome]
    })
}

async function render(
  result: Reconciliation,
  coverage: Coverage | null,
  format: Options['format'],
  reproduce: string,
): Promise<string> {
  if (format === 'json') return (await import('../reports/json.ts')).renderJson({ ...result, coverage })
  if (format === 'html') {
    const { renderReconciliationHtml } = await import('../reports/reconciliation-html.ts')
    return renderReconciliationHtml({ ...result, coverage, reproduce })
  }
  const { renderReconciliationText, renderReconciliationCsv } = await import('../reports/reconciliation.ts')
  return format === 'csv' ? renderReconciliationCsv(result) : renderReconciliationText(result, coverage)
}

function again(file: string, { bill, rate, ledger, tailDays, tolerance, prices }: Options): string {
  const rates = Object.entries(rate).map(([currency, usd]) => `${currency}=${usd}`)
  const more = { 'tail-days': tailDays, tolerance, prices, format: 'html' }
  return commandLine('reconcile', file, { bill, rate: rates, ledger, ...more })
}

async function lastForecast(event: EventSpec, folder: string | undefined): Promise<LedgerEntry | null> {
  if (folder === undefined) return null
  const { readLedger } = await import('../simulator/costs/ledger/ledger.ts')
  const { entries } = await readLedger(folder, event.name)
  return entries.findLast(({ kind }) => kind === 'approved') ?? entries.at(-1) ?? null
}

async function reconciled(
  event: EventSpec,
  entry: LedgerEntry | null,
  options: Options,
): Promise<Reconciliation> {
  const [{ reconcileBill }, { openBill }] = await Promise.all([
    import('../simulator/costs/reconcile/reconcile-bill.ts'),
    import('../simulator/costs/reconcile/bill-database.ts'),
  ])
  const expected = entry ? null : await computedLines(event, options.prices)
  const signal = abortSignal()
  const step = progress.step(
    `reading ${options.bill.length === 1 ? 'the bill' : `${options.bill.length} parts of the bill`}`,
  )
  const database = await openBill(options.bill, signal).catch((error) => {
    step.failed()
    throw error
  })
  let doing = ''
  const timer = setInterval(() => {
    const percentage = database.percentage()
    step.update(percentage < 0 ? doing : `${doing} ${Math.floor(percentage)} %`)
  }, TICK_MS)
  try {
    const result = await reconcileBill(event, database, {
      forecast: entry ?? { lines: expected as ExpectedLine[], window: null },
      tailMs: options.tailDays * DAY_MS,
      tolerancePercent: options.tolerance,
      rates: options.rate,
      step: (what) => {
        doing = what
        step.update(what)
      },
    })
    step.done(`${result.rows} rows, ${result.matchedRows} of the event`)
    return result
  } catch (error) {
    step.failed()
    throw error
  } finally {
    clearInterval(timer)
    database.close()
  }
}

async function computedLines(event: EventSpec, prices: string | undefined): Promise<ExpectedLine[]> {
  const [{ recordGraph }, { expectedCost }] = await Promise.all([
    import('../infra/resource-graph.ts'),
    import('../simulator/costs/expected-cost.ts'),
  ])
  const book = await priceBookFrom(prices)
  return expectedCost(await recordGraph(event), event, { book }).lines
}

/** The interval is of all that the event costs: what venues are paid is on no cloud's bill, and is taken as agreed. */
async function keepScore(entry: LedgerEntry, result: Reconciliation, folder: string): Promise<void> {
  const [{ frozen, usdText }, { LEDGER_VERSION }, { keep }] = await Promise.all([
    import('../simulator/costs/ledger/entry.ts'),
    import('../simulator/costs/ledger/ledger-result.ts'),
    import('../simulator/costs/ledger/ledger.ts'),
  ])
  const hash = createHash('sha256')
  for (const file of result.files) await pipeline(createReadStream(file), hash, { end: false })
  const score: Omit<LedgerScore, 'hash'> = {
    version: LEDGER_VERSION,
    kind: 'score',
    event: entry.event,
    createdAt: new Date().toISOString(),
    entry: entry.hash,
    billed: usdText(result.billed + result.rents),
    billHash: hash.digest('hex'),
  }
  progress.note(`the bill is kept in ${await keep(folder, frozen(score))}`)
}

async function coverageIn(folder: string) {
  const [{ readLedger }, { coverageOf }] = await Promise.all([
    import('../simulator/costs/ledger/ledger.ts'),
    import('../simulator/costs/ledger/coverage.ts'),
  ])
  return coverageOf(await readLedger(folder))
}

function exchangeRate(text: string, before: Record<string, string>): Record<string, string> {
  const [, currency, rate] = /^([A-Z]{3})=(\d{1,6}(?:\.\d{1,9})?)$/.exec(text) ?? []
  if (currency === undefined || rate === undefined || !/[1-9]/.test(rate) || currency === 'USD') {
    throw new InvalidArgumentError('It must be like EUR=1.08: USD for one of the currency.')
  }
  return { ...before, [currency]: rate }
}

function wholeFromZero(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0 to 999.')
  return Number(text)
}
