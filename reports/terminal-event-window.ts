// An event's window for the terminal: what each phase costs, and what goes on costing afterwards.
import type { PhaseCost, Tail } from '../simulator/costs/forecast-report-result.ts'
import { formatUsd } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100
export const ENDS: Record<Tail['ends'], string> = {
  'by-hand': 'until somebody deletes it',
  'with-destroy': 'only until the stack is destroyed',
  'by-itself': 'ends by itself',
}

/** `days`: of the event. */
export function phaseName({ name, day }: Pick<PhaseCost, 'name' | 'day'>, days: number): string {
  return days > 1 && name !== 'set-up' && name !== 'tear-down' ? `${name} ${day}` : name
}

export function phaseLines(phases: readonly PhaseCost[], timezone: string): string[] {
  const days = Math.max(0, ...phases.map(({ day }) => day))
  return [
    '',
    ...columns(
      [
        [`Phase (clocks of ${plain(timezone)})`, 'From', 'To', 'Hours', 'Amount'],
        ...phases.map(({ name, day, startsAt, endsAt, hours, amount }) => [
          `  ${phaseName({ name, day }, days)}`,
          startsAt.replace('T', ' '),
          endsAt.replace('T', ' '),
          String(Number(hours.toFixed(2))),
          formatUsd(amount),
        ]),
      ],
      [0],
    ),
  ]
}

export function tailLines(tails: readonly Tail[]): string[] {
  if (tails.length === 0) return []
  return [
    '',
    'What goes on costing afterwards, a month',
    ...tails.flatMap(({ venue, what, monthly, atMost, ends, why }) => {
      const amount = monthly === null ? 'not known' : `${formatUsd(monthly)}${atMost ? ' at most' : ''}`
      return wrapped(plain(`${venue}: ${what}, ${amount}, ${ENDS[ends]}: ${why}`), WIDTH, '  ')
    }),
  ]
}
