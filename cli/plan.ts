// `micropop plan`: the cheapest way of buying that still meets the service levels.
import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import type { PlanResult } from '../simulator/plan/plan-result.ts'
import { abortSignal } from './abort.ts'
import { calibrationFrom, calibrationOption } from './calibration-option.ts'
import { commandLine, seedOption, wholeNumber } from './options.ts'
import { priceBookFrom, pricesOption } from './prices-option.ts'
import { progress } from './progress.ts'

const FORMATS = ['text', 'json', 'html'] as const

interface Options {
  seed: number
  seeds?: number
  threads: number
  calibration?: string
  prices?: string
  write?: boolean
  out?: string
  format: (typeof FORMATS)[number]
}

export function planCommand(): Command {
  return new Command('plan')
    .description('the cheapest way of buying that still meets the service levels')
    .argument('<event>', 'event file')
    .addOption(seedOption())
    .addOption(
      new Option(
        '--seeds <n>',
        'days of each way of buying; without it as many as can show the target, within a bound',
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option('--threads <n>', 'threads that run days')
        .default(availableParallelism())
        .argParser(wholeNumber),
    )
    .addOption(calibrationOption())
    .addOption(pricesOption())
    .option('--write', 'put what was chosen into a file beside the event, from where every command takes it')
    .option('--out <folder>', 'plan.json and plan.html go there too')
    .addOption(new Option('--format <format>', 'how the result is printed').choices(FORMATS).default('text'))
    .addHelpText(
      'after',
      '\nExit codes: 0 found, 1 the event misses its levels as it is or nothing that was tried meets them, 4 the days cannot tell.',
    )
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const [{ loadEvent }, { eventSha256 }, { plan }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../infra/event/plan-file.ts'),
    import('../simulator/plan/plan.ts'),
  ])
  const event = loadEvent(file, { asWritten: true })
  // Of the file that is searched: it may change while the search goes on.
  const searched = eventSha256(file)
  const book = await priceBookFrom(options.prices)
  if (options.out !== undefined) await (await import('../reports/write.ts')).prepareFolder(options.out)
  const step = progress.step(`Searching for the cheapest way of buying ${event.name}`)
  const result = await plan(event, {
    firstSeed: options.seed,
    seeds: options.seeds ?? null,
    calibration: await calibrationFrom(options.calibration),
    book,
    threads: options.threads,
    signal: abortSignal(),
    progress: (text) => step.update(text),
  }).catch((error) => {
    step.failed()
    throw error
  })
  step.done(`${result.twin.days} days in the twin`)
  await print(file, options, result)
  if (options.write) await write(file, searched, result)
  process.exitCode = exitCodeOf(result)
}

async function print(file: string, options: Options, result: PlanResult): Promise<void> {
  const [{ renderPlanText }, { renderPlanHtml }, { renderJson }, { writeTogether }] = await Promise.all([
    import('../reports/terminal-plan.ts'),
    import('../reports/plan-html.ts'),
    import('../reports/json.ts'),
    import('../reports/write.ts'),
  ])
  const { seed, seeds, calibration, prices, format, out } = options
  const page = () => renderPlanHtml(result, commandLine('plan', file, { seed, seeds, calibration, prices }))
  const render = { text: () => renderPlanText(result), json: () => renderJson(result), html: page }
  process.stdout.write(render[format]())
  if (out !== undefined) await writeTogether(out, { 'plan.json': renderJson(result), 'plan.html': page() })
}

async function write(file: string, eventSha256: string, result: PlanResult): Promise<void> {
  const { firstSeed, seeds, chosen, venues } = result
  if (chosen?.outcome !== 'met') {
    progress.note('No plan was written: nothing is shown to meet the levels.')
    return
  }
  const [{ planPath, planText }, { thisCommit }, { writeNewFile }] = await Promise.all([
    import('../infra/event/plan-file.ts'),
    import('../simulator/rehearsal/machine.ts'),
    import('./new-file.ts'),
  ])
  const settings = venues.flatMap(({ venue, finalists, chosen: i }) =>
    (i === null ? [] : (finalists[i]?.keys ?? [])).map(({ path, value }) => {
      return { path: ['venues', venue, ...path], value }
    }),
  )
  const date = new Date().toISOString().slice(0, 10)
  const origin = { eventSha256, firstSeed, days: seeds, commit: await thisCommit(), date }
  await writeNewFile(planPath(file), planText(file, origin, settings), true)
  progress.note(`${planPath(file)} applies from now on; delete it to go back to the event file.`)
}

function exitCodeOf({ own, chosen, venues }: PlanResult): 0 | 1 | 4 {
  if (own.outcome === 'missed') return 1
  if (chosen !== null) return chosen.outcome === 'met' ? 0 : 4
  return venues.some(({ finalists }) => finalists.every(({ outcome }) => outcome === 'missed')) ? 1 : 4
}
