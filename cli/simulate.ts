// `micropop simulate`: the show's day in the twin, with everyone and the event's outage; with `--runs`, many possible days.
import { availableParallelism } from 'node:os'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import type { RunResult } from '../simulator/run-result.ts'
import { abortSignal } from './abort.ts'
import { calibrationFrom, calibrationOption } from './calibration-option.ts'
import {
  commandLine,
  exitCodeOf,
  type Format,
  formatOption,
  seedOption,
  wholeNumber,
  writeRun,
} from './options.ts'
import { progress } from './progress.ts'

export interface SimulateOptions {
  outage?: string
  seed: number
  runs?: number | 'auto'
  threads: number
  workers?: string
  baseline?: boolean
  calibration?: string
  formulas?: boolean
  format: Format
  out?: string
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description("run the event's day in the digital twin")
    .argument('<event>', 'event file')
    .option('--outage <file>', "an outage file instead of the event's own")
    .addOption(seedOption())
    .addOption(
      new Option(
        '--runs <n>',
        'as many possible days, drawn from `uncertainty` in the event file, or auto',
      ).argParser(wholeNumberOrAuto),
    )
    .addOption(
      new Option('--threads <n>', 'threads that run days')
        .default(availableParallelism())
        .argParser(wholeNumber),
    )
    .option(
      '--workers <url>',
      'days are run by the `micropop worker` processes of this NATS server, nats:// or tls://',
    )
    .addOption(
      new Option('--baseline', 'the same day without PoPs too, and what they are worth').conflicts('runs'),
    )
    .option(
      '--formulas',
      'by queueing formulas, in milliseconds: no seed, no messages, and only where they were compared',
    )
    .addOption(calibrationOption())
    .addOption(formatOption())
    .option('--out <dir>', 'also write the result there as simulate.json; of many days as simulate.html too')
    .addHelpText(
      'after',
      '\nExit codes with --runs: 0 every service level is met on as many days as `target` wants, 1 one is not, beyond the' +
        '\nconfidence interval, 4 the days cannot tell. NATS_TOKEN, NATS_CREDS, NATS_CERT,' +
        '\nNATS_KEY and NATS_CA are read for --workers.',
    )
    .action(async (file: string, options: SimulateOptions) => {
      if (options.formulas) {
        const { simulateByFormulas } = await import('./simulate-formulas.ts')
        await simulateByFormulas(file, options)
      } else if (options.runs !== undefined) {
        const { simulateDays } = await import('./simulate-days.ts')
        await simulateDays(file, { ...options, runs: options.runs })
      } else {
        if (options.workers !== undefined)
          throw new InvalidArgumentError('--workers run many days: give --runs too.')
        await simulateDay(file, options)
      }
    })
}

function wholeNumberOrAuto(text: string): number | 'auto' {
  if (text === 'auto') return text
  try {
    return wholeNumber(text)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError('It must be a whole number from 1, or auto.')
  }
}

async function simulateDay(file: string, options: SimulateOptions): Promise<void> {
  const [
    { loadEvent },
    { openScenario, planDay },
    { runTwin },
    { judge },
    { prepareFolder },
    { keepNewSpaceSmall },
  ] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/twin.ts'),
    import('../simulator/verdict.ts'),
    import('../reports/write.ts'),
    import('../simulator/small-memory.ts'),
  ])
  keepNewSpaceSmall()
  const signal = abortSignal()
  const calibration = await calibrationFrom(options.calibration)
  const event = loadEvent(file, { outage: options.outage })
  if (options.out !== undefined) await prepareFolder(options.out)
  const scenario = await openScenario(event)
  const plan = planDay(scenario, options.seed)
  const again = commandLine('simulate', file, {
    seed: options.seed,
    outage: options.outage,
    calibration: options.calibration,
  })
  const run = async (of: typeof runTwin, title: string) => {
    const step = progress.step(title)
    const result = await of({
      event,
      topology: scenario.topology,
      plan,
      calibration,
      reproduce: options.baseline ? `${again} --baseline` : again,
      signal,
      progress: (share) => step.update(`${Math.floor(share * 100)} %`),
      wallMs: () => performance.now(),
    })
    step.done(`${result.conservation.published} publishes`)
    return result
  }
  const result = await run(runTwin, `Simulating ${plan.sessions.length} sessions over ${event.dayS / 3600} h`)
  if (options.baseline) {
    const { runBaseline } = await import('../simulator/baseline/run-baseline.ts')
    const without = await run(runBaseline, 'The same without PoPs')
    await writeBenefit(result, without, event, options)
  } else await writeRun('simulate', result, judge(result, event.serviceLevels), options)
}

async function writeBenefit(
  result: RunResult,
  without: RunResult,
  event: EventSpec,
  { format, out }: SimulateOptions,
): Promise<void> {
  const [{ benefitOf }, { renderBenefitText }, { renderJson }, { writeTogether }] = await Promise.all([
    import('../simulator/baseline/benefit.ts'),
    import('../reports/terminal-benefit.ts'),
    import('../reports/json.ts'),
    import('../reports/write.ts'),
  ])
  const benefit = benefitOf(result, without, event.serviceLevels)
  const json = renderJson(benefit)
  process.stdout.write(format === 'json' ? json : renderBenefitText(benefit))
  if (out !== undefined) await writeTogether(out, { 'simulate.json': json })
  process.exitCode = exitCodeOf(benefit.verdicts.with)
}
