// `micropop fixes`: which changes of the event withstand an outage, and what each costs.
import { Command } from 'commander'
import { abortSignal } from './abort.ts'
import { calibrationFrom, calibrationOption } from './calibration-option.ts'
import { type Format, formatOption, seedOption } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

interface Options {
  outage?: string
  seed: number
  calibration?: string
  prices?: string
  format: Format
}

export function fixesCommand(): Command {
  return new Command('fixes')
    .description('which changes of the event withstand an outage, and what each costs')
    .argument('<event>', 'event file')
    .option('--outage <file>', "an outage file instead of the event's own")
    .addOption(seedOption())
    .addOption(calibrationOption())
    .addOption(pricesOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExit codes: 0 a change withstands it, 1 none of those that were tried. `micropop shrink --out FILE` finds an outage.',
    )
    .action(run)
}

async function run(file: string, { outage, seed, calibration, prices, format }: Options): Promise<void> {
  const [{ loadEvent }, { openScenario }, { fixes }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/fixes/fixes.ts'),
  ])
  const event = loadEvent(file, { outage })
  const book = await priceBookFrom(prices)
  const step = progress.step(`Trying changes of ${event.name}`)
  const result = await fixes(await openScenario(event), {
    seed,
    book,
    calibration: await calibrationFrom(calibration),
    signal: abortSignal(),
    progress: (done, of) => step.update(`${done} of ${of}`),
  }).catch((error) => {
    step.failed()
    throw error
  })
  step.done(`${result.fixes.length} changes`)
  const [{ renderFixesText }, { renderJson }] = await Promise.all([
    import('../reports/terminal-fixes.ts'),
    import('../reports/json.ts'),
  ])
  process.stdout.write(format === 'json' ? renderJson(result) : renderFixesText(result))
  process.exitCode = result.fixes.some(({ broken }) => broken.length === 0) ? 0 : 1
}
