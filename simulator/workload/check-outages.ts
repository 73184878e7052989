// Refuses outages that cannot happen to the links of a plan: for the twin and the live run alike.
import { InvalidInput } from '../../runtime/errors.ts'
import type { OutageWindow } from '../run-result.ts'
import type { RunPlan } from './run-plan.ts'

/** Error: MP_OUTAGE where one never ends, ends before it starts, meets another on its link, or its link is not there. */
export function checkOutages({ outages, venues }: Pick<RunPlan, 'outages' | 'venues'>): void {
  for (const [i, outage] of outages.entries()) {
    const { venue, target, startS, endS } = outage
    const at = venues.find(({ name }) => name === venue)
    if (at === undefined) throw wrong(`${named(outage)} names no venue of the event`)
    if (target === 'backup-uplink' && at.backupUplink === null) {
      throw wrong(`${named(outage)} names a link that is not there`)
    }
    if (!Number.isFinite(startS)) throw wrong(`${named(outage)} never starts`)
    if (!Number.isFinite(endS)) throw wrong(`${named(outage)} never ends`)
    if (endS <= startS) throw wrong(`${named(outage)} ends before it starts`)
    const other = outages
      .slice(0, i)
      .find((of) => of.venue === venue && of.target === target && of.startS < endS && startS < of.endS)
    if (other) throw wrong(`${named(outage)} overlaps ${named(other)}`)
  }
}

export function wrong(message: string): InvalidInput {
  return new InvalidInput(
    'MP_OUTAGE',
    message,
    'Give each outage a start and an end inside the run, one at a time.',
  )
}

export function named({ venue, target, startS, endS }: OutageWindow): string {
  return `the outage of ${venue}'s ${target} from ${startS} s to ${endS} s`
}
