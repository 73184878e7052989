// Which machines events use when: one use for each EC2 PoP and each standby, and how many overlap.
import type { EventSpec, Venue } from '../../../infra/event/event.ts'
import { isOnEc2, spotShareOf } from '../../uncertainty/spot-share.ts'
import type { SpotShare } from '../../uncertainty/spot-share-result.ts'
import { discountShare } from '../discount.ts'
import { eventWindow, type Window } from '../window.ts'

export interface MachineUse extends Window {
  /** Index of the event in its calendar. */
  event: number
  region: string
  instanceType: string
  /** Agreed with AWS for EC2, from 0 to 1. */
  discount: number
  standby: boolean
  /** Were it on spot: the share that is taken back in a month. */
  spotShare: SpotShare
  /** Sponsors' income that is lost in a second without the machine, pico-dollars. */
  incomePerSecond: bigint
  /** Seconds that the service level of recovery allows. */
  recoveryS: number
}

export interface Pool {
  region: string
  instanceType: string
  discount: number
  uses: MachineUse[]
}

export function machineUses(events: readonly EventSpec[]): MachineUse[] {
  return events.flatMap((event, index) =>
    event.venues.flatMap((venue) => {
      if (!isOnEc2(venue)) return []
      const { pop } = venue
      const use = {
        ...eventWindow(event),
        event: index,
        region: event.region,
        instanceType: pop.instanceType,
        discount: discountShare('ec2', event.finance),
        spotShare: spotShareOf(event, venue),
        incomePerSecond: incomePerSecond(event, venue),
        recoveryS: event.serviceLevels.recoveryS,
      }
      const standby = { ...use, standby: true, incomePerSecond: 0n }
      return [{ ...use, standby: false }, ...(pop.standby === null ? [] : [standby])]
    }),
  )
}

/** Everybody present, times the share whom a sponsor reaches, times the rate; sponsors that are not shown there pay nothing. */
function incomePerSecond({ sponsors }: EventSpec, { name, attendees }: Venue): bigint {
  return sponsors.reduce((sum, { perUserSecond, venues, reach }) => {
    if (perUserSecond === null || (venues !== null && !venues.includes(name))) return sum
    return sum + (perUserSecond * BigInt(attendees) * BigInt(Math.round(reach * 1e6))) / 1_000_000n
  }, 0n)
}

/** Equal for machines that stand in for each other. */
export function poolKey({ region, instanceType, discount }: Omit<Pool, 'uses'>): string {
  return `${region} ${instanceType} ${discount}`
}

/** Machines of one type, region and agreed discount stand in for each other, over all events. */
export function poolsOf(uses: readonly MachineUse[]): Pool[] {
  const pools = new Map<string, Pool>()
  for (const use of uses) {
    const { region, instanceType, discount } = use
    const key = poolKey(use)
    const pool = pools.get(key) ?? { region, instanceType, discount, uses: [] }
    pool.uses.push(use)
    pools.set(key, pool)
  }
  return [...pools.values()]
}

/** The most machines in use at once. A use that ends when another starts leaves its machine to it. */
export function peakOf(uses: readonly Window[]): number {
  let level = 0
  let peak = 0
  for (const { change } of changes(uses)) {
    level += change
    peak = Math.max(peak, level)
  }
  return peak
}

/** Machine-milliseconds in use beyond `owned` machines. */
export function beyondMs(uses: readonly Window[], owned: number): number {
  let level = 0
  let beyond = 0
  let last = 0
  for (const { at, change } of changes(uses)) {
    beyond += Math.max(0, level - owned) * (at - last)
    level += change
    last = at
  }
  return beyond
}

function changes(uses: readonly Window[]): { at: number; change: number }[] {
  return uses
    .flatMap(({ startMs, endMs }) => [
      { at: startMs, change: 1 },
      { at: endMs, change: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change)
}
