// A way of buying with how many machines it commits to, and which it takes from the spot market: what that costs.
import type { MachineUse, Pool } from './machine-uses.ts'
import {
  commitment,
  hourlyCost,
  NO_RISK,
  overflow,
  type Rates,
  type Risk,
  riskOf,
  SPOT,
  type Way,
} from './ways.ts'

export interface Fleet {
  way: Way
  /** Machines of the pool that are committed to. */
  owned: (pool: Pool) => number
  /** Beside the commitment, what is not bought on demand. Absent: nothing. */
  onSpot?: (use: MachineUse) => boolean
}

/** All that is paid, with what of it is a commitment. */
export function paid(
  { way, owned, onSpot }: Fleet,
  uses: readonly MachineUse[],
  pools: readonly Pool[],
  rates: Rates,
): { committed: bigint; hourly: bigint } {
  if (way.termYears === 0) return { committed: 0n, hourly: hourlyCost(way, uses, rates) }
  const committed = commitment(way, pools, owned, rates)
  if (!onSpot) return { committed, hourly: overflow(uses, owned, rates) }
  const [spot, others] = [uses.filter(onSpot), uses.filter((use) => !onSpot(use))]
  return { committed, hourly: overflow(others, owned, rates) + hourlyCost(SPOT, spot, rates) }
}

export function fleetRisk({ way, onSpot }: Fleet, uses: readonly MachineUse[], rates: Rates): Risk {
  if (way.termYears === 0) return riskOf(way, uses, rates)
  return onSpot ? riskOf(SPOT, uses.filter(onSpot), rates) : NO_RISK
}

/** Of a pool's uses, those that a commitment can serve. */
export function committable({ onSpot }: Fleet, { uses }: Pool): MachineUse[] {
  return onSpot ? uses.filter((use) => !onSpot(use)) : uses
}
