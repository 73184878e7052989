// The figures that formulas give of a day, for the terminal.
import type { FormulasResult } from '../simulator/surrogate/formulas-result.ts'
import { formatMs, formatValue } from './format.ts'
import { columns, plain } from './plain-text.ts'

export function renderFormulas(event: string, { figures, busiest }: FormulasResult): string {
  const lines = [
    `${event} by formulas: expected values, without a seed; docs/fidelity.md says how far they are from the twin.`,
    '',
    ...columns([
      ['Figure', 'Value'],
      ...figures
        .filter(({ value }) => value !== null)
        .map(({ label, unit, value }) => [
          label,
          unit === 'CPU ms' ? formatMs(value as number) : formatValue(value, unit),
        ]),
    ]),
    '',
    ...columns([
      ['Busy in the busiest minute', 'main thread', 'session threads'],
      ...busiest.map(({ venue, main, sessions }) => [venue, share(main), share(sessions)]),
    ]),
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function share(of: number): string {
  return `${(of * 100).toFixed(1)} %`
}
