// `micropop cold-storage`: whether moving an event's assets to a colder storage class at night saves or loses.
import { Command } from 'commander'
import { type Format, formatOption, wholeNumber } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'

interface Options {
  gigabytes?: number
  objects?: number
  region?: string
  prices?: string
  format: Format
}

/** 4 where missing rates leave it open. */
const EXIT_CODES = { move: 0, stay: 0, unknown: 4 } as const

export function coldStorageCommand(): Command {
  return new Command('cold-storage')
    .description("whether an event's assets should go to a colder storage class at night")
    .argument('<event>', 'event file')
    .option('--gigabytes <n>', "size of the assets; without it, the images of the event's pages", wholeNumber)
    .option('--objects <n>', 'how many they are; without it, the images of a page', wholeNumber)
    .option('--region <region>', "whose prices; without it, the event's")
    .addOption(pricesOption())
    .addOption(formatOption())
    .action(run)
}

async function run(file: string, { gigabytes, objects, region, prices, format }: Options): Promise<void> {
  const { loadEvent } = await import('../infra/event/load.ts')
  const event = loadEvent(file)
  const book = await priceBookFrom(prices)
  const [{ coldStorage }, { ORIGINAL_BYTES }] = await Promise.all([
    import('../simulator/costs/cold-storage/cold-storage.ts'),
    import('../simulator/surrogate/surrogate.ts'),
  ])
  const bytes = gigabytes === undefined ? event.page.images * ORIGINAL_BYTES : gigabytes * 1e9
  const assets = { bytes, objects: objects ?? event.page.images }
  const result = coldStorage(event, assets, region ?? event.region, book)
  const [{ renderColdStorageText }, { renderJson }] = await Promise.all([
    import('../reports/terminal-cold-storage.ts'),
    import('../reports/json.ts'),
  ])
  process.stdout.write(format === 'json' ? renderJson(result) : renderColdStorageText(result))
  process.exitCode = EXIT_CODES[result.advice]
}
