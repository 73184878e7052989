// `micropop prices refresh`: today's prices from AWS, what changed, and a folder that forecasts can take them from.
import { Command } from 'commander'
import { InvalidInput } from '../runtime/errors.ts'
import { abortSignal } from './abort.ts'
import { type Format, formatOption } from './options.ts'
import { progress } from './progress.ts'

interface Options {
  region: string[]
  out: string
  dryRun?: boolean
  format: Format
}

export function pricesCommand(): Command {
  return new Command('prices').description("AWS's prices of today").addCommand(refreshCommand())
}

function refreshCommand(): Command {
  return new Command('refresh')
    .description('ask AWS for the prices of today, show what changed, and write them for `--prices`')
    .option('--region <region...>', 'regions to ask about (default: every region of the price book)', [])
    .option('--out <dir>', 'where the dated folder goes', 'reports/out/prices')
    .option('--dry-run', 'ask and show what changed, and write nothing')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nAsks with your AWS credentials, as the AWS CLI finds them, with the rights pricing:GetProducts and' +
        '\nec2:DescribeSpotPriceHistory. Commitments by Savings Plans and transfer between regions' +
        '\nare not asked for: these stay as the price book has them.',
    )
    .action(refresh)
}

async function refresh({ region, out, dryRun, format }: Options): Promise<void> {
  const [{ shippedRates }, { refreshPrices }, { overlayFiles }] = await Promise.all([
    import('../simulator/costs/price-book.ts'),
    import('../simulator/costs/refresh/refresh.ts'),
    import('../simulator/costs/refresh/overlay.ts'),
  ])
  const book = shippedRates()
  const regions = regionsAmong(region, [...new Set(book.map((rate) => rate.region))])
  const nowMs = Date.now()
  const step = progress.step('Asking AWS for prices')
  const { rates, result } = await refreshPrices({
    ...{ regions, book, nowMs, signal: abortSignal() },
    onStep: (what, page) => step.update(page === 1 ? what : `${what}, page ${page}`),
  }).catch((error) => {
    step.failed()
    throw error
  })
  step.done(`${rates.length} prices`)
  const { renderPricesText } = await import('../reports/terminal-prices.ts')
  if (!dryRun) {
    const { writeNewFolder } = await import('../reports/write.ts')
    const name = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '')
    result.folder = await writeNewFolder(out, name, overlayFiles(rates, result.date))
  }
  const { renderJson } = await import('../reports/json.ts')
  process.stdout.write(format === 'json' ? renderJson(result) : renderPricesText(result))
}

/** Error: MP_REGION_UNKNOWN. */
function regionsAmong(asked: string[], known: string[]): string[] {
  const places = known.filter((region) => region !== 'global').sort()
  const unknown = asked.find((region) => !places.includes(region))
  if (unknown !== undefined) {
    throw new InvalidInput(
      'MP_REGION_UNKNOWN',
      `the price book has no region ${JSON.stringify(unknown)}`,
      `Known are ${places.join(', ')}.`,
    )
  }
  return asked.length === 0 ? places : [...new Set(asked)]
}
