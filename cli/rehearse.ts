// `micropop rehearse`: a window of the show live, with real processes, real links and the outage for real.
import { Command } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import type { LiveRun } from '../simulator/rehearsal/rehearse.ts'
import type { Scenario } from '../simulator/scenario.ts'
import type { DrawnPlan } from '../simulator/workload/run-plan.ts'
import { abortSignal } from './abort.ts'
import { attendeesOption, commandLine, type Format, formatOption, seedOption, writeRun } from './options.ts'
import { progress } from './progress.ts'

interface Options {
  outage?: string
  seed: number
  attendees: number
  format: Format
  out?: string
}

export function rehearseCommand(): Command {
  return new Command('rehearse')
    .description('run a window of the event live, with real processes and real outages')
    .argument('<event>', 'event file')
    .option('--outage <file>', "an outage file instead of the event's own")
    .addOption(attendeesOption())
    .addOption(seedOption())
    .addOption(formatOption())
    .option('--out <dir>', 'empty or new folder for the result and all measurements (default: in .micropop)')
    .addHelpText('after', '\nNeeds k6 and toxiproxy-server, which `node tools/setup.mjs` builds.')
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const [{ loadEvent }, { judgeLive }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/verdict.ts'),
  ])
  const { outage, seed, attendees } = options
  const event = loadEvent(file, { outage })
  const { live } = await rehearseEvent(event, {
    ...options,
    reproduce: commandLine('rehearse', file, { seed, outage, attendees }),
  })
  await writeRun('rehearse', live.result, judgeLive(live, event.serviceLevels), { format: options.format })
}

/** The live run of the event's outage, with its plan. */
export async function rehearseEvent(
  event: EventSpec,
  { seed, attendees, out, reproduce }: Pick<Options, 'seed' | 'attendees' | 'out'> & { reproduce: string },
): Promise<{ live: LiveRun; plan: DrawnPlan; scenario: Scenario }> {
  const [{ openScenario, planRehearsal }, { rehearse }, { findLiveTools }] = await Promise.all([
    import('../simulator/scenario.ts'),
    import('../simulator/rehearsal/rehearse.ts'),
    import('../simulator/rehearsal/live-tools.ts'),
  ])
  const signal = abortSignal()
  const tools = await findLiveTools()
  const scenario = await openScenario(event)
  const plan = planRehearsal(scenario, seed, attendees)
  const step = progress.step(
    `Rehearsing ${plan.durationMs / 1000} s of ${event.name} with ${plan.sessions.length} sessions`,
  )
  const live = await rehearse(plan, {
    event,
    topology: scenario.topology,
    tools,
    signal,
    reproduce,
    onStage: (stage) => step.update(stage),
    onNote: (note) => progress.note(note),
    ...(out !== undefined && { outDir: out }),
  }).catch((error) => {
    step.failed()
    throw error
  })
  step.done(`${live.result.conservation.acknowledged} messages acknowledged`)
  progress.note(`Measurements: ${live.folder}`)
  return { live, plan, scenario }
}
