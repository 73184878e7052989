// The smallest outage that breaks an event, for the terminal, and what a live run of it said.
import type { EventSpec, OutageStep } from '../infra/event/event.ts'
import type { Verdict } from '../simulator/run-result.ts'
import type { Confirmation, ShrinkResult } from '../simulator/shrink/shrink-result.ts'
import { formatClock, formatCount, formatDate, formatPercent, formatSeconds } from './format.ts'
import { limitText, verdictValue } from './headline.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100

type Show = Pick<EventSpec, 'startMs' | 'timezone'>

/** `next`: the commands that go on from there; none where nothing was found. */
export function renderShrinkText(
  { event, seed, bounds, runs, found }: ShrinkResult,
  show: Show,
  next: readonly string[],
): string {
  const tried = `${formatCount(runs)} schedules in the twin, seed ${seed}`
  const { targets, cutsMax, longestS } = bounds
  const [links, pops] = [targets.some((target) => target !== 'pop'), targets.includes('pop')]
  const of = (cuts: string, kills: string) =>
    [links ? cuts : '', pops ? kills : ''].filter((text) => text !== '')
  const within = `up to ${cutsMax} ${of('cuts', 'kills').join(' or ')} of up to ${formatSeconds(longestS)} each`
  if (found === null) {
    const text = `Nothing that was tried breaks ${plain(event)}: ${tried}, ${within}. The worst was tried first: ${of('every link cut', 'every PoP gone').join(' and ')} as long as that in the busiest minute.`
    return `${wrapped(text, WIDTH).join('\n')}\n`
  }
  return `${[
    ...wrapped(`What breaks first at ${plain(event)} (${tried}; ${within}):`, WIDTH),
    ...found.steps.map((step) => `  ${stepText(step, show)}`),
    '',
    ...brokenLines(found.broken),
    '',
    ...(found.smallest
      ? []
      : ['The runs were used up before it was sure that nothing smaller breaks it: --runs.']),
    ...next,
  ].join('\n')}\n`
}

export function renderConfirmationText({ confirmed, levels, why }: Confirmation): string {
  const value = (verdict: Verdict | null) => (verdict === null ? '' : verdictValue(verdict))
  return `${[
    confirmed ? 'The live run breaks it too.' : 'The live run does not break it.',
    ...columns([
      ['', 'Live', 'Twin of that run'],
      ...levels.map(({ level, live, twin }) => [`  ${plain(level)}`, value(live), value(twin)]),
    ]),
    ...why.flatMap((text) => wrapped(plain(text), WIDTH, '  ')),
  ].join('\n')}\n`
}

/** `uplink of hall cut for 5 min at 09:30 on Mon 23 Nov 2026`. */
export function stepText(
  { target, venue, startS, durationS }: OutageStep,
  { startMs, timezone }: Show,
): string {
  const atMs = startMs + startS * 1_000
  return `${target} of ${plain(venue)} ${target === 'pop' ? 'killed' : 'cut'} for ${formatSeconds(durationS)} at ${formatClock(atMs, timezone)} on ${formatDate(atMs, timezone)}`
}

/** Levels that are missed, and by how much. */
export function brokenLines(broken: readonly Verdict[]): string[] {
  return columns(
    [
      ['Breaks', 'Limit', 'Value', ''],
      ...broken.map((verdict) => [
        plain(verdict.level),
        limitText(verdict),
        verdictValue(verdict),
        verdict.value === null || verdict.limit === 0 ? '' : formatPercent(verdict.value / verdict.limit - 1),
      ]),
    ],
    [0],
  )
}
