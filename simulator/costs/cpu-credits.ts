// CPU credits of burstable instances by AWS's rules: earning, launch credits, throttling, surplus and its charge.
// Rules and worked examples: EC2 user guide, "Burstable performance instances" (key concepts, standard and unlimited
// mode, and their examples). A credit is one vCPU at 100 % for one minute.
import type { CreditMode } from '../../infra/event/event.ts'
import { type Decimal, scaled } from './money.ts'

export interface BurstableSize {
  vcpus: number
  creditsPerHour: number
  /** Most earned credits that are kept, and most surplus that is not charged at once: 24 h of earning. */
  maxCredits: number
}

export interface CreditState {
  /** Left of what T2 gets at launch; spent first, outside the limit. */
  launch: number
  /** Earned and unspent. */
  earned: number
  /** Spent before they were earned, and not paid for yet. */
  surplus: number
  /** Surplus credits that have been billed. */
  charged: number
}

export interface LoadResult {
  state: CreditState
  /** vCPU-minutes that ran; less than the load where the machine was throttled to its baseline. */
  servedVcpuMinutes: number
  /** Hours of the load in which the machine was throttled. */
  throttledHours: number
}

const MINUTES = 60
/** Launch credits, earned credits, surplus and the two limits can each end one stretch of a steady load. */
const STRETCHES_MAX = 6
/** T2 in standard mode: 30 launch credits for each vCPU. */
const LAUNCH_CREDITS_PER_VCPU = 30

export function isBurstable(instanceType: string): boolean {
  return /^t\d/.test(instanceType)
}

/** What a type is launched in where nobody chose: T2 standard, later families unlimited. */
export function defaultCreditMode(instanceType: string): CreditMode {
  return instanceType.startsWith('t2.') ? 'standard' : 'unlimited'
}

/** Credits at launch: none, but for T2 in standard mode. */
export function atLaunch(instanceType: string, size: BurstableSize, mode: CreditMode): CreditState {
  const gets = instanceType.startsWith('t2.') && mode === 'standard'
  return { launch: gets ? LAUNCH_CREDITS_PER_VCPU * size.vcpus : 0, earned: 0, surplus: 0, charged: 0 }
}

/**
 * `hours` of a steady load of `cpuPct` percent of all vCPUs. Exact: within a stretch every balance moves linearly, and
 * a stretch ends where one of them runs out or reaches its limit.
 *
 * Surplus above `maxCredits` is charged; AWS writes it down at the end of the hour, which moves no sum.
 */
export function runLoad(
  size: BurstableSize,
  mode: CreditMode,
  from: CreditState,
  { hours, cpuPct }: { hours: number; cpuPct: number },
): LoadResult {
  const earn = size.creditsPerHour
  const spend = (cpuPct / 100) * size.vcpus * MINUTES
  let { launch, earned, surplus, charged } = from
  let left = hours
  let servedVcpuMinutes = 0
  let throttledHours = 0
  for (let stretch = 0; left > 0; stretch++) {
    if (stretch === STRETCHES_MAX) throw new Error(`a steady load of ${cpuPct} % does not settle`)
    const drawsLaunch = launch > 0 && spend > 0
    // Launch credits are spent first; what is earned meanwhile is kept up to the limit.
    const net = drawsLaunch ? earn : earn - spend
    const throttled = mode === 'standard' && !drawsLaunch && earned === 0 && net < 0
    const ends = [left]
    if (drawsLaunch) ends.push(launch / spend)
    if (net > 0 && surplus > 0) ends.push(surplus / net)
    else if (net > 0 && earned < size.maxCredits) ends.push((size.maxCredits - earned) / net)
    if (net < 0 && earned > 0) ends.push(earned / -net)
    const owing = mode === 'unlimited' && net < 0 && earned === 0
    if (owing && surplus < size.maxCredits) ends.push((size.maxCredits - surplus) / -net)
    const step = Math.min(...ends)

    // A balance that ends this stretch is set to its limit, so that rounding leaves no crumb behind.
    if (drawsLaunch) launch = launch / spend <= step ? 0 : launch - spend * step
    if (net > 0 && surplus > 0) {
      surplus = surplus / net <= step ? 0 : surplus - net * step
    } else if (net > 0) {
      earned = (size.maxCredits - earned) / net <= step ? size.maxCredits : earned + net * step
    } else if (net < 0 && earned > 0) {
      earned = earned / -net <= step ? 0 : earned + net * step
    } else if (owing && surplus < size.maxCredits) {
      surplus = (size.maxCredits - surplus) / -net <= step ? size.maxCredits : surplus - net * step
    } else if (owing) {
      charged -= net * step
    }
    servedVcpuMinutes += (throttled ? earn : spend) * step
    if (throttled) throttledHours += step
    left -= step
  }
  return { state: { launch, earned, surplus, charged }, servedVcpuMinutes, throttledHours }
}

/** Stopping, terminating or switching to standard charges the whole surplus balance. */
export function chargeSurplus(state: CreditState): CreditState {
  return { ...state, surplus: 0, charged: state.charged + state.surplus }
}

/** Surplus credits are priced per vCPU-hour, which is 60 credits. */
export function vcpuHoursOfCredits(credits: Decimal): Decimal {
  return scaled(credits, 1n, 60n)
}
