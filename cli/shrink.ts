// `micropop shrink`: the smallest outage that breaks a service level of the event, as an outage file.
import { Command, Option } from 'commander'
import type { EventSpec } from '../infra/event/event.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { Verdict } from '../simulator/run-result.ts'
import type { Confirmation, ShrinkResult } from '../simulator/shrink/shrink-result.ts'
import { abortSignal } from './abort.ts'
import { calibrationFrom, calibrationOption } from './calibration-option.ts'
import {
  attendeesOption,
  commandLine,
  type Format,
  formatOption,
  seedOption,
  wholeNumber,
} from './options.ts'
import { progress } from './progress.ts'

interface Options {
  runs: number
  cuts: number
  longest: number
  seed: number
  attendees: number
  out?: string
  confirm?: boolean
  force?: boolean
  calibration?: string
  format: Format
}

export function shrinkCommand(): Command {
  return new Command('shrink')
    .description('the smallest outage that breaks a service level of the event')
    .argument('<event>', 'event file')
    .addOption(
      new Option('--runs <n>', 'outages to try in the twin, at most').default(100).argParser(wholeNumber),
    )
    .addOption(new Option('--cuts <n>', 'cuts in one outage, at most').default(3).argParser(wholeNumber))
    .addOption(
      new Option('--longest <minutes>', 'length of one cut, at most').default(120).argParser(wholeNumber),
    )
    .addOption(seedOption())
    .option('--out <file>', 'writes what is found as an outage file')
    .option('--force', 'replaces that file')
    .option('--confirm', 'then rehearses it live, and says whether it breaks the same')
    .addOption(attendeesOption())
    .addOption(calibrationOption())
    .addOption(formatOption())
    .addHelpText('after', '\nExit codes: 0 nothing that was tried breaks the event, 1 something does.')
    .action(run)
}

async function run(file: string, options: Options): Promise<void> {
  const [{ loadEvent }, { openScenario }, { shrink }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/shrink/shrink.ts'),
  ])
  const { runs, cuts, longest, seed, out, confirm } = options
  if (confirm && out === undefined) {
    throw new InvalidInput('MP_OPTION', '--confirm rehearses the file of --out', 'Give --out FILE too.')
  }
  const event = loadEvent(file)
  const scenario = await openScenario(event)
  const step = progress.step(`Trying outages on ${event.name}`)
  const result = await shrink(scenario, {
    bounds: { cutsMax: cuts, longestS: longest * 60, runsMax: runs },
    seed,
    calibration: await calibrationFrom(options.calibration),
    signal: abortSignal(),
    progress: (done, smallest) => {
      const so = smallest
        ? `, smallest so far ${smallest.map(({ durationS }) => `${durationS} s`).join(' + ')}`
        : ''
      const detail = `${done} of at most ${runs}${so}`
      step.update(detail)
      // Without a terminal a line now and then says that it goes on.
      if (!process.stderr.isTTY && done % 10 === 0) progress.note(`  ${detail}`)
    },
  }).catch((error) => {
    step.failed()
    throw error
  })
  step.done(`${result.runs} runs`)
  const [{ renderShrinkText, renderConfirmationText }, { renderJson }] = await Promise.all([
    import('../reports/terminal-shrink.ts'),
    import('../reports/json.ts'),
  ])
  process.exitCode = result.found === null ? 0 : 1
  const asText = options.format === 'text'
  if (result.found !== null && out !== undefined) await write(file, out, event, result.found, options)
  const next =
    out === undefined
      ? ['--out FILE writes it as an outage file.']
      : [
          `Live:          ${commandLine('rehearse', file, { outage: out, seed })}`,
          `What mends it: ${commandLine('fixes', file, { outage: out, seed })}`,
        ]
  // Before the live run, which may be void.
  if (asText) process.stdout.write(renderShrinkText(result, event, next))
  const confirmation =
    result.found !== null && out !== undefined && confirm
      ? await confirmed(file, out, result.found.broken, options)
      : null
  if (!asText) process.stdout.write(renderJson({ ...result, confirmation }))
  else if (confirmation) process.stdout.write(`\n${renderConfirmationText(confirmation)}`)
}

/** Writes the outage file, and reads it as `rehearse` will. */
async function write(
  file: string,
  out: string,
  event: EventSpec,
  { steps, broken }: NonNullable<ShrinkResult['found']>,
  { runs, cuts, longest, seed, force = false }: Options,
): Promise<void> {
  const [{ loadEvent }, { outageFileText }, { writeNewFile }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/shrink/outage-file.ts'),
    import('./new-file.ts'),
  ])
  const text = outageFileText(event, steps, {
    name: 'smallest-that-breaks',
    title: `Breaks: ${broken.map(({ level }) => level).join(', ')}`,
    comment: `Found by ${commandLine('shrink', file, { runs, cuts, longest, seed })}.`,
  })
  await writeNewFile(out, text, force)
  loadEvent(file, { outage: out })
}

/** Rehearses what was found live, and in the twin of that very run. */
async function confirmed(
  file: string,
  out: string,
  broken: Verdict[],
  { seed, attendees, calibration }: Options,
): Promise<Confirmation> {
  const [{ loadEvent }, { rehearseEvent }, { runTwin }, { confirm }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('./rehearse.ts'),
    import('../simulator/twin.ts'),
    import('../simulator/shrink/confirm.ts'),
  ])
  const event = loadEvent(file, { outage: out })
  const reproduce = commandLine('rehearse', file, { seed, outage: out, attendees })
  const { live, plan, scenario } = await rehearseEvent(event, { seed, attendees, reproduce })
  const twin = await runTwin({
    event,
    topology: scenario.topology,
    plan,
    calibration: await calibrationFrom(calibration),
    signal: abortSignal(),
    reproduce,
    wallMs: () => performance.now(),
  })
  return confirm(event, broken, live.result, twin)
}
