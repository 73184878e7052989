// Go or no-go from all that was found: verdicts of each run, the budget, and what could not be run.
import type { Forecast } from './costs/forecast-result.ts'
import type { OverBudget } from './costs/interval/interval-result.ts'
import type { Verdict } from './run-result.ts'

export interface RunVerdicts {
  /** Where the verdicts come from, as a reader would say it: `the live rehearsal`. */
  of: string
  verdicts: Verdict[]
}

export interface Decided {
  decision: 'go' | 'no-go' | 'inconclusive'
  /** Full sentences, the weightiest first. */
  reasons: string[]
}

/** `leftOut`: why there was no live run; null where there was one. What is unpriced is said; it blocks only a budget. */
export function decide(
  runs: readonly RunVerdicts[],
  { budget, unpriced }: Pick<Forecast, 'unpriced'> & { budget: Pick<OverBudget, 'outcome'> | null },
  leftOut: string | null,
): Decided {
  const bad: string[] = []
  const open: string[] = []
  for (const { of, verdicts } of runs) {
    for (const { level, value, limit, unit, outcome } of verdicts) {
      const against = `${level}: ${shown(value, unit)} in ${of}, the limit is ${shown(limit, unit)}`
      if (outcome === 'missed') bad.push(`${against}.`)
      if (outcome === 'inconclusive') open.push(`${against}: the run is too short or too small to tell.`)
      if (outcome === 'unknown') open.push(`${level}: nothing was measured in ${of}.`)
    }
  }
  if (budget?.outcome === 'over') bad.push('The forecast is over the budget.')
  if (budget?.outcome === 'inconclusive')
    open.push('The bill is about as probably over the budget as within.')
  if (budget?.outcome === 'unknown') open.push('The budget cannot be judged while cost lines are unpriced.')
  if (leftOut !== null) open.push(`The live rehearsal was left out: ${leftOut}`)
  const said =
    unpriced.length === 0
      ? []
      : [
          `${unpriced.length} cost ${unpriced.length === 1 ? 'line has' : 'lines have'} no known rate or quantity.`,
        ]
  if (bad.length > 0) return { decision: 'no-go', reasons: [...bad, ...open, ...said] }
  if (open.length > 0) return { decision: 'inconclusive', reasons: [...open, ...said] }
  return { decision: 'go', reasons: ['Every service level was met in every run.', ...said] }
}

function shown(value: number | null, unit: Verdict['unit']): string {
  if (value === null) return 'not reached'
  return unit === 'messages' ? String(value) : `${value.toFixed(unit === 'ms' ? 0 : 1)} ${unit}`
}
