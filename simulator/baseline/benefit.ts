// Compares a run with PoPs to the same plan without them.
import type { ServiceLevels } from '../../infra/event/event.ts'
import type { RunResult } from '../run-result.ts'
import { judgeAll } from '../verdict.ts'
import type { BenefitResult } from './benefit-result.ts'

export function benefitOf(
  withPops: RunResult,
  without: RunResult,
  serviceLevels: ServiceLevels,
): BenefitResult {
  const figures = withPops.figures.map(({ id, label, unit, value }) => {
    const other = without.figures.find((figure) => figure.id === id)?.value ?? null
    return {
      id,
      label,
      unit,
      with: value,
      without: other,
      benefit: value === null || other === null ? null : other - value,
    }
  })
  const verdicts = { with: judgeAll(withPops, serviceLevels), without: judgeAll(without, serviceLevels) }
  const missed = new Set(
    verdicts.with.filter(({ outcome }) => outcome === 'missed').map(({ level }) => level),
  )
  const missedWithout = verdicts.without.filter(
    ({ level, outcome }) => outcome === 'missed' && !missed.has(level),
  )
  return { with: withPops, without, figures, verdicts, missedWithout }
}
