// `micropop credits`: what a load does to the CPU credits of a burstable machine, and what its surplus costs.
import { Command, Option } from 'commander'
import type { CreditMode } from '../infra/event/event.ts'
import type { CreditComparison, CreditReport } from '../simulator/costs/credits-result.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'

const FORMATS = ['text', 'json', 'csv'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  mode: CreditMode | 'both'
  load: string
  region: string
  prices?: string
  format: Format
}

export function creditsCommand(): Command {
  return new Command('credits')
    .description('CPU-credit balance, throttling and surplus charge of a load')
    .argument('<type>', 'burstable instance type, such as t3.medium')
    .addOption(
      new Option(
        '--mode <mode>',
        'what happens without credits: throttled, billed, or both beside each other',
      )
        .choices(['standard', 'unlimited', 'both'])
        .makeOptionMandatory(),
    )
    .requiredOption('--load <steps>', 'hours:percent of all vCPUs, one step after another: 2:30,8:55')
    .option('--region <region>', 'whose price surplus credits have', 'eu-west-1')
    .addOption(pricesOption())
    .addOption(new Option('--format <format>', 'how the result is printed').choices(FORMATS).default('text'))
    .action(run)
}

async function run(instanceType: string, { mode, load, region, prices, format }: Options): Promise<void> {
  const { creditsInBothModes, creditsOfLoad, readLoad } = await import('../simulator/costs/credits.ts')
  const book = await priceBookFrom(prices)
  const steps = readLoad(load)
  const text =
    mode === 'both'
      ? await renderBoth(creditsInBothModes({ instanceType, region }, steps, book), format)
      : await render(creditsOfLoad({ instanceType, mode, region }, steps, book), format)
  process.stdout.write(text)
}

async function render(report: CreditReport, format: Format): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/terminal-credits.ts')).renderCreditsText(report)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(report)
    case 'csv':
      return (await import('../reports/credits-csv.ts')).renderCreditsCsv(report)
  }
}

async function renderBoth(comparison: CreditComparison, format: Format): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/terminal-credits.ts')).renderCreditComparisonText(comparison)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(comparison)
    case 'csv':
      return (await import('../reports/credits-csv.ts')).renderCreditComparisonCsv(comparison)
  }
}
