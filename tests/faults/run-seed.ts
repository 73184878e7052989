// One run of a venue under faults: everything about it follows from its seed.
import { seededRandom } from '../../runtime/testing/seeded-random.ts'
import { drawPlan } from './plan.ts'
import { type Sabotage, Venue } from './venue.ts'

export interface RunResult {
  events: number
  acknowledged: number
  polls: number
  destroyed: number
  lost: number
  trace: string
}

export interface RunOptions {
  /** Only so many of the plan's faults happen, the first of them. */
  faults?: number
  sabotage?: Sabotage
}

/** One run. Throws BrokenPromise, or what a part of the product throws. */
export async function runSeed(seed: number, { faults, sabotage = {} }: RunOptions = {}): Promise<RunResult> {
  const plan = drawPlan(seededRandom(seed))
  plan.faults = plan.faults.slice(0, faults)
  const venue = new Venue(plan, seededRandom(seed ^ 0x5eed), sabotage)
  await venue.run()
  const { history, queue, destroyed } = venue
  return {
    events: queue.happened,
    acknowledged: history.acknowledged,
    polls: history.polls,
    destroyed,
    lost: history.lost,
    trace: [...venue.trace, `${queue.nowMs} ${queue.happened}`].join('\n'),
  }
}
