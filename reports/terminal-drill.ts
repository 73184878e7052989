// What a drill found, for the terminal: the verdict, each step with its time, and the account of every message.
import type { Account, Attendance, DrillResult, PerformedStep } from '../simulator/drills/drill-result.ts'
import { formatCount, formatMs } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100
const DETAIL_INDENT = '     '

export function renderDrillText(result: DrillResult, good: boolean): string {
  const { drill, event, venues, steps, rollback, account, attendance, servedBy, commands, tookS, reproduce } =
    result
  const lines = [
    ...wrapped(`${drill} of ${venues.join(', ')} in ${event}: ${verdictText(result, good)}`, WIDTH),
    '',
    ...stepLines(steps),
    ...(rollback.length > 0 ? ['', 'The way back:', ...stepLines(rollback)] : []),
    '',
    ...accountLines(account, attendance),
    `Served in the end by ${servedBy.join(', ') || 'nobody'}; took ${tookS.toFixed(1)} s.`,
    ...(commands.length > 0
      ? ['', 'At this event a person types:', ...commands.map((one) => `  ${one}`), '']
      : []),
    `Again: ${reproduce}`,
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function verdictText({ failure, rollback }: DrillResult, good: boolean): string {
  const kept = good ? 'nothing lost' : 'NOT GOOD, see below'
  if (failure === null) return `done, ${kept}`
  const back = rollback.every(({ outcome }) => outcome === 'taken back')
  const undone = back ? 'everything was taken back' : 'NOT everything could be taken back'
  const why = failure.onPurpose ? 'failed on purpose' : `failed: ${failure.why}`
  return `step ${failure.step} ${why}; ${undone}; ${good ? kept : 'see below'}`
}

function stepLines(steps: readonly PerformedStep[]): string[] {
  const heads = columns(
    steps.map(({ id, title, outcome, tookS }, i) => [
      `${i + 1}`,
      outcome,
      `${tookS.toFixed(1)} s`,
      id,
      title,
    ]),
    [1, 3, 4],
    2,
  )
  return steps.flatMap(({ detail }, i) => [
    heads[i] as string,
    ...wrapped(plain(detail), WIDTH, DETAIL_INDENT),
  ])
}

function accountLines(account: Account, attendance: Attendance): string[] {
  const count = formatCount
  return [
    `Messages: ${count(account.published)} published, ${count(account.acknowledged)} acknowledged, ${count(account.atCentral)} at central;`,
    `  lost ${count(account.lost)}, applied twice ${count(account.appliedTwice)}, foreign ${count(account.foreign)}, never answered ${count(account.unanswered)}`,
    `Sessions: ${count(attendance.present)} of ${count(attendance.attendees)} there, ${count(attendance.reconnects)} reconnects, gaps: ${count(account.silentGaps)} silent, ${count(account.toldGaps)} told;`,
    `  the longest wait for an acknowledgement was ${formatMs(attendance.longestWaitMs)}`,
  ]
}
