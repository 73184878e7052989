// Places an outage file in an event: which venue's link or process, from which second of the show.
import { DEFAULT_REHEARSE } from './defaults.ts'
import type { Outage, OutageStep, OutageTarget, Segment } from './event.ts'
import type { OutageFile } from './outage-schema.ts'
import type { Problem } from './problems.ts'
import { quote } from './quote.ts'
import { didYouMean } from './suggest.ts'
import { formatDuration, readDuration } from './units.ts'
import type { Path } from './yaml-places.ts'
import type { YamlSource } from './yaml-source.ts'

/** What an outage needs to know of the event it happens in. */
export interface Show {
  venues: readonly string[]
  /** Those with a second uplink. */
  backedUp: readonly string[]
  runOfShow: readonly Segment[]
  dayS: number
  /** Seconds after the first day's show start at which each day starts. */
  dayStartsS: readonly number[]
}

/**
 * Resolves venue, day and segment of every step. What does not fit the show joins `problems`, at its place in the
 * outage file.
 */
export function placeOutage(file: OutageFile, source: YamlSource, show: Show, problems: Problem[]): Outage {
  const steps = file.steps.map((step, index) => placeStep(step, ['steps', index], source, show, problems))
  refuseOverlaps(steps, source, problems)
  return { name: file.outage.name, file: source.file, steps }
}

function placeStep(
  step: OutageFile['steps'][number],
  path: Path,
  source: YamlSource,
  show: Show,
  problems: Problem[],
): OutageStep {
  const complain = (key: string, message: string) =>
    problems.push({ place: source.valueAt([...path, key]), message })

  if (show.venues.length > 0 && !show.venues.includes(step.venue)) {
    complain('venue', `the event has no venue ${quote(step.venue)}${didYouMean(step.venue, show.venues)}`)
  }
  if (
    step.link === 'backup-uplink' &&
    show.venues.includes(step.venue) &&
    !show.backedUp.includes(step.venue)
  ) {
    complain(
      'link',
      `venue ${quote(step.venue)} has no backup uplink; write uplink, or give it \`backupUplink\``,
    )
  }
  const days = show.dayStartsS.length
  if (step.day > days) {
    complain(
      'day',
      `day ${step.day} is outside the show, which has ${days === 1 ? 'one day' : `${days} days`}`,
    )
  }
  const segment = show.runOfShow.find(({ name }) => name === step.segment)
  if (step.segment !== undefined && !segment) {
    const names = show.runOfShow.map(({ name }) => name)
    complain(
      'segment',
      `the run of show has no segment ${quote(step.segment)}${didYouMean(step.segment, names)}`,
    )
  }

  const inDayS = (segment?.startS ?? 0) + step.at
  const known = step.segment === undefined || segment !== undefined
  if (known && inDayS >= show.dayS) {
    const room = formatDuration(show.dayS - (segment?.startS ?? 0))
    const from = segment
      ? `segment "${segment.name}" starts ${room} before the end`
      : `the show lasts ${room}`
    complain('at', `the outage starts outside the show: ${from}; write a smaller \`at\``)
  } else if (known && inDayS + step.duration > show.dayS) {
    const left = formatDuration(show.dayS - inDayS)
    complain(
      'duration',
      `the outage ends ${formatDuration(inDayS + step.duration - show.dayS)} after the show; write at most ${left}`,
    )
  }

  const rehearseS = step.rehearse ?? Math.min(step.duration, seconds(DEFAULT_REHEARSE))
  if (rehearseS > step.duration) {
    const most = formatDuration(step.duration)
    complain(
      'rehearse',
      `a rehearsal of ${formatDuration(rehearseS)} is longer than the outage; write at most ${most}`,
    )
  }
  return {
    target: targetOf(step, path, source, problems),
    venue: step.venue,
    startS: (show.dayStartsS[step.day - 1] ?? 0) + inDayS,
    durationS: step.duration,
    rehearseS,
  }
}

/** What a step names: a link or a process, and never both. */
function targetOf(
  { link, process }: OutageFile['steps'][number],
  path: Path,
  source: YamlSource,
  problems: Problem[],
): OutageTarget {
  if (link === undefined && process === undefined) {
    const message =
      'the step says neither what is cut nor what is killed; write `link: uplink` or `process: pop`'
    problems.push({ place: source.valueAt(path), message })
  }
  if (link !== undefined && process !== undefined) {
    const message = 'a step has `link` or `process`, not both; write a second step for the other'
    problems.push({ place: source.keyAt([...path, 'process']), message })
  }
  return process ?? link ?? 'uplink'
}

/** A link cannot be cut while it is cut, nor a process be killed while it is gone. */
function refuseOverlaps(steps: readonly OutageStep[], source: YamlSource, problems: Problem[]): void {
  for (const [index, step] of steps.entries()) {
    const other = steps
      .slice(0, index)
      .findIndex(
        (earlier) =>
          earlier.venue === step.venue &&
          earlier.target === step.target &&
          earlier.startS < step.startS + step.durationS &&
          step.startS < earlier.startS + earlier.durationS,
      )
    if (other < 0) continue
    problems.push({
      place: source.valueAt(['steps', index]),
      message: `this step overlaps step ${other + 1} on the ${step.target} of "${step.venue}"; let one end before the other starts`,
    })
  }
}

function seconds(text: string): number {
  const read = readDuration(text)
  if (!read.ok) throw new RangeError(read.why)
  return read.value
}
