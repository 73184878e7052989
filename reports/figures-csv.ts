// The figures of one or several runs as CSV, unrounded, a row a figure.
import type { RunResult } from '../simulator/run-result.ts'
import { renderCsv } from './csv.ts'

const HEADINGS = ['run', 'source', 'figure', 'label', 'unit', 'value', 'low_95', 'high_95', 'samples']

/** `name` tells runs of one file apart. A figure that was not measured has an empty value, not a zero. */
export function renderFiguresCsv(runs: readonly { name: string; run: RunResult }[]): string {
  const rows = runs.flatMap(({ name, run }) =>
    run.figures.map(({ id, label, unit, value, interval, samples }) => [
      name,
      run.source,
      id,
      label,
      unit,
      value,
      interval?.low ?? null,
      interval?.high ?? null,
      samples,
    ]),
  )
  return renderCsv([HEADINGS, ...rows])
}
