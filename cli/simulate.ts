// `micropop simulate`: the show's day in the twin, with everyone and the event's outage.
import { Command } from 'commander'
import { abortSignal } from './abort.ts'
import { commandLine, type Format, formatOption, seedOption, writeRun } from './options.ts'
import { progress } from './progress.ts'

interface Options {
  outage?: string
  seed: number
  format: Format
  out?: string
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description("run the event's day in the digital twin")
    .argument('<event>', 'event file')
    .option('--outage <file>', "an outage file instead of the event's own")
    .addOption(seedOption())
    .addOption(formatOption())
    .option('--out <dir>', 'also write the result there as simulate.json')
    .action(async (file: string, options: Options) => {
      const [
        { loadEvent },
        { openScenario, planDay },
        { runTwin },
        { judge },
        { defaultCalibration },
        { prepareFolder },
      ] = await Promise.all([
        import('../infra/event/load.ts'),
        import('../simulator/scenario.ts'),
        import('../simulator/twin.ts'),
        import('../simulator/verdict.ts'),
        import('../simulator/calibration/default-calibration.ts'),
        import('../reports/write.ts'),
      ])
      const signal = abortSignal()
      const event = loadEvent(file, { outage: options.outage })
      if (options.out !== undefined) await prepareFolder(options.out)
      const scenario = await openScenario(event)
      const plan = planDay(scenario, options.seed)
      const step = progress.step(`Simulating ${plan.sessions.length} sessions over ${event.dayS / 3600} h`)
      const result = await runTwin({
        event,
        topology: scenario.topology,
        plan,
        calibration: defaultCalibration(),
        reproduce: commandLine('simulate', file, { seed: options.seed, outage: options.outage }),
        signal,
        progress: (share) => step.update(`${Math.floor(share * 100)} %`),
        wallMs: () => performance.now(),
      })
      step.done(`${result.conservation.published} publishes`)
      const verdicts = judge(result, event.serviceLevels)
      await writeRun('simulate', result, verdicts, options)
    })
}
