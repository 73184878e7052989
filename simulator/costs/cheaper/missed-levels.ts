// Which service levels an event misses by formulas: on the day that has its outage, with everyone who is planned.

import { MicropopError } from '../../../runtime/errors.ts'
import type { Calibration } from '../../calibration/calibration.ts'
import { LIMITS } from '../../monte-carlo/monte-carlo.ts'
import type { Figure } from '../../run-result.ts'
import type { Scenario } from '../../scenario.ts'
import { surrogateRun } from '../../surrogate/surrogate-run.ts'
import { outagesIn } from '../../workload/plan.ts'
import { dayOfOutage } from '../../workload/show-day.ts'
import type { MissedLevel } from './cheaper-result.ts'

/** null: beyond what the formulas were compared with. */
export function missedLevels({ event, topology }: Scenario, calibration: Calibration): MissedLevel[] | null {
  const outages = outagesIn(event, dayOfOutage(event))
  const window = { startS: 0, endS: event.dayS }
  try {
    const { figures } = surrogateRun({ event, topology, calibration, window, outages })
    return LIMITS.flatMap(([id, limitOf]) => {
      const figure = figures.find((of) => of.id === id)
      const limit = limitOf(event.serviceLevels)
      if (figure === undefined || figure.value === null || figure.value <= limit) return []
      return [{ label: figure.label, value: figure.value, limit, unit: figure.unit as Figure['unit'] }]
    })
  } catch (error) {
    if (error instanceof MicropopError && error.code === 'MP_SURROGATE_RANGE') return null
    throw error
  }
}
