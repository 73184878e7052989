// `micropop shrink`: the smallest outage that breaks a service level of the event, as an outage file.
import { Command, InvalidArgumentError, Option } from 'commander'
import { type EventSpec, LINK_TARGETS, OUTAGE_TARGETS, type OutageTarget } from '../infra/event/event.ts'
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
  targets: OutageTarget[]
  seed: number
  attendees: number
  out?: string
  confirm?: boolean
  force?: boolean
  calibration?: string
  format: Format
}

const TARGETS_HELP = `An uplink is what fails at a venue, so links are what is searched. pop kills the PoP itself, as a power loss does, and starts
it again on its disk: everyone it had must come back, so that it breaks latency levels at once and would hide which cut
breaks them. Give --targets pop for how long a venue may be without its PoP, uplink,pop for what breaks first of both.`

export function shrinkCommand(): Command {
  return new Command('shrink')
    .description('the smallest outage that breaks a service level of the event')
    .argument('<event>', 'event file')
    .addOption(
      new Option('--runs <n>', 'outages to try in the twin, at most').default(100).argParser(wholeNumber),
    )
    .addOption(
      new Option('--cuts <n>', 'cuts and kills in one outage, at most').default(3).argParser(wholeNumber),
    )
    .addOption(
      new Option('--longest <minutes>', 'length of one of them, at most').default(120).argParser(wholeNumber),
    )
    .addOption(
      new Option('--targets <list>', `what goes, with commas between: ${OUTAGE_TARGETS.join(', ')}`)
        .default([...LINK_TARGETS], LINK_TARGETS.join(','))
        .argParser(targetList),
    )
    .addOption(seedOption())
    .option('--out <file>', 'writes what is found as an outage file')
    .option('--force', 'replaces that file')
    .option('--confirm', 'then rehearses it live, and says whether it breaks the same')
    .addOption(attendeesOption())
    .addOption(calibrationOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
${TARGETS_HELP}

Exit codes: 0 nothing that was tried breaks the event, 1 something does.`,
    )
    .action(run)
}

/** commander's parser for `uplink,pop`; each once, in the order in which they are searched. */
function targetList(text: string): OutageTarget[] {
  const words = text.split(',').map((word) => word.trim())
  const unknown = words.find((word) => !(OUTAGE_TARGETS as readonly string[]).includes(word))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`It must be of ${OUTAGE_TARGETS.join(', ')}, such as uplink,pop.`)
  return OUTAGE_TARGETS.filter((target) => words.includes(target))
}

async function run(file: string, options: Options): Promise<void> {
  const [{ loadEvent }, { openScenario }, { shrink }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/scenario.ts'),
    import('../simulator/shrink/shrink.ts'),
  ])
  const { runs, cuts, longest, targets, seed, out, confirm } = options
  if (confirm && out === undefined) {
    throw new InvalidInput('MP_OPTION', '--confirm rehearses the file of --out', 'Give --out FILE too.')
  }
  const event = loadEvent(file)
  const scenario = await openScenario(event)
  const step = progress.step(`Trying outages on ${event.name}`)
  const result = await shrink(scenario, {
    bounds: { targets, cutsMax: cuts, longestS: longest * 60, runsMax: runs },
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
  { runs, cuts, longest, targets, seed, force = false }: Options,
): Promise<void> {
  const [{ loadEvent }, { outageFileText }, { writeNewFile }] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../simulator/shrink/outage-file.ts'),
    import('./new-file.ts'),
  ])
  const text = outageFileText(event, steps, {
    name: 'smallest-that-breaks',
    title: `Breaks: ${broken.map(({ level }) => level).join(', ')}`,
    comment: `Found by ${commandLine('shrink', file, { runs, cuts, longest, targets: targets.join(','), seed })}.`,
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
