// `micropop invoice`: what each sponsor owes, from the session logs of the event's PoPs.
import { Command, Option } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { InvoiceResult } from '../simulator/costs/sponsors/invoice-result.ts'
import type { Metering } from '../simulator/costs/sponsors/metering-result.ts'
import { abortSignal } from './abort.ts'
import { progress } from './progress.ts'

const FORMATS = ['text', 'json', 'csv', 'html'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  log: string[]
  keyFile?: string
  central?: string
  tokenFile?: string
  sponsor?: string
  format: Format
  out?: string
}

export function invoiceCommand(): Command {
  return new Command('invoice')
    .description('what each sponsor owes, from the session logs of PoPs; works beside a running PoP')
    .argument('<event>', 'event file')
    .addOption(
      new Option(
        '--log <[venue=]path>',
        "a PoP's data folder, a copy of it, or the lines of its session log; one for each PoP",
      )
        .argParser((value: string, before: string[]) => [...before, value])
        .default([], 'none'),
    )
    .option('--key-file <file>', 'the key, where queues are encrypted')
    .addOption(
      new Option(
        '--central <url>',
        'instead of logs: what central has, from its admin port, http://HOST:7081',
      ).conflicts(['log', 'keyFile']),
    )
    .option('--token-file <file>', 'file with the uplink secret, where central asks for it')
    .option('--sponsor <name>', 'only the invoice to this sponsor')
    .addOption(new Option('--format <format>', 'how invoices are printed').choices(FORMATS).default('text'))
    .option('--out <dir>', 'also write invoices.txt, .csv and .json there, and a page for each invoice')
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const { loadEvent } = await import('../infra/event/load.ts')
  const event = loadEvent(file)
  const asked = await sponsorsAsked(event, options.sponsor)
  const result = await invoicesFrom(asked, options)
  process.stdout.write(await render(result, options.format))
  if (options.out === undefined) return
  const [{ writeTogether }, { renderInvoiceHtml }] = await Promise.all([
    import('../reports/write.ts'),
    import('../reports/invoice-html.ts'),
  ])
  const pages = result.invoices.map((invoice) => [
    `${invoice.number}.html`,
    renderInvoiceHtml({ ...result, invoices: [invoice] }),
  ])
  await writeTogether(options.out, {
    'invoices.txt': await render(result, 'text'),
    'invoices.csv': await render(result, 'csv'),
    'invoices.json': await render(result, 'json'),
    ...Object.fromEntries(pages),
  })
}

async function sponsorsAsked(event: EventSpec, name: string | undefined): Promise<EventSpec> {
  if (name === undefined || event.sponsors.some((sponsor) => sponsor.name === name)) return event
  const { didYouMean } = await import('../infra/event/suggest.ts')
  const names = event.sponsors.map((sponsor) => sponsor.name)
  throw new InvalidInput(
    'MP_SPONSOR_UNKNOWN',
    `the event names no sponsor ${name}`,
    names.length === 0 ? 'List it under `sponsors` in the event file.' : didYouMean(name, names),
    { file: event.file },
  )
}

async function invoicesFrom(event: EventSpec, options: Options): Promise<InvoiceResult> {
  const { sponsor } = options
  const { invoicesOf } = await import('../simulator/costs/sponsors/invoice.ts')
  const meter = await metererOf(event, options)
  const step = progress.step('Metering session logs')
  try {
    const metering = await meter((count) => step.update(`${count} records`))
    step.done()
    const result = invoicesOf(event, metering)
    if (sponsor === undefined) return result
    const isTheirs = (one: { sponsor: string | null }) => one.sponsor === sponsor
    return {
      ...result,
      invoices: result.invoices.filter(isTheirs),
      notInvoiced: result.notInvoiced.filter(isTheirs),
    }
  } catch (error) {
    step.failed()
    throw error
  }
}

/** Reads what it can of the options first: a mistake in them is told before anything begins. */
async function metererOf(
  event: EventSpec,
  { log, keyFile, central, tokenFile }: Options,
): Promise<(onRecords: (count: number) => void) => Promise<Metering>> {
  const { logSource, meterCentral, meterLogs } = await import('../simulator/costs/sponsors/meter-logs.ts')
  if (central !== undefined) {
    const [{ adminOrigin }, { textFile }] = await Promise.all([
      import('../runtime/operations/ask-status.ts'),
      import('./text-file.ts'),
    ])
    const token = tokenFile === undefined ? null : (await textFile(tokenFile, 'MP_TOKEN_FILE')).trim()
    const source = { origin: adminOrigin(central), token }
    return (onRecords) => meterCentral(source, event, { signal: abortSignal(), onRecords })
  }
  if (log.length === 0) {
    throw new InvalidInput(
      'MP_OPTION',
      'neither --log nor --central is given',
      "Give a PoP's data folder, --log VENUE=FOLDER, or central's admin port, --central http://HOST:7081.",
    )
  }
  const sources = log.map((text) => logSource(text, event))
  return (onRecords) => meterLogs(sources, event, { keyFile: keyFile ?? null, onRecords })
}

async function render(result: InvoiceResult, format: Format): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/invoice-text.ts')).renderInvoiceText(result)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(result)
    case 'csv':
      return (await import('../reports/invoice-csv.ts')).renderInvoiceCsv(result)
    case 'html':
      return (await import('../reports/invoice-html.ts')).renderInvoiceHtml(result)
  }
}
