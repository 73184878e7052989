// `micropop policies`: an event's machines, or those of a calendar of events, under every way of buying them.
import { Command, Option } from 'commander'
import type { PolicyComparison } from '../simulator/costs/purchase/policies-result.ts'
import { seedOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'

const FORMATS = ['text', 'json', 'csv'] as const
type Format = (typeof FORMATS)[number]

interface Options {
  seed: number
  prices?: string
  format: Format
}

export function policiesCommand(): Command {
  return new Command('policies')
    .description('what the machines of an event, or of a calendar of events, cost under each way of buying')
    .argument('<file>', 'event file, calendar file, or iCalendar file (.ics)')
    .addOption(seedOption())
    .addOption(pricesOption())
    .addOption(new Option('--format <format>', 'how the result is printed').choices(FORMATS).default('text'))
    .action(run)
}

async function run(file: string, { seed, prices, format }: Options): Promise<void> {
  const [{ loadEventOrCalendar }, { comparePolicies }] = await Promise.all([
    import('../infra/event/calendar.ts'),
    import('../simulator/costs/purchase/compare-policies.ts'),
  ])
  const book = await priceBookFrom(prices)
  const { name, events } = loadEventOrCalendar(file)
  process.stdout.write(await render(comparePolicies(name, events, book, seed), format))
}

async function render(result: PolicyComparison, format: Format): Promise<string> {
  switch (format) {
    case 'text':
      return (await import('../reports/terminal-policies.ts')).renderPoliciesText(result)
    case 'json':
      return (await import('../reports/json.ts')).renderJson(result)
    case 'csv':
      return (await import('../reports/policies-csv.ts')).renderPoliciesCsv(result)
  }
}
