// What `micropop credits` finds: the CPU-credit balance of a load, hour by hour, and what its surplus costs.
import type { CreditMode } from '../../infra/event/event.ts'

/** Credits are vCPU-minutes. */
export interface CreditPoint {
  /** Hours since the launch. */
  hour: number
  /** Launch credits and earned credits that are unspent. */
  balance: number
  /** Spent ahead of earning, and not billed yet. */
  surplus: number
  /** Billed so far. */
  charged: number
  throttledMinutes: number
}

export interface CreditStep extends CreditPoint {
  hours: number
  cpuPct: number
}

/** The same load in each mode. */
export type CreditComparison = Record<CreditMode, CreditReport>

export interface CreditReport {
  instanceType: string
  mode: CreditMode
  region: string
  vcpus: number
  creditsPerHour: number
  maxCredits: number
  baselinePct: number
  balance: number
  surplus: number
  charged: number
  throttledMinutes: number
  /** Of one vCPU-hour, which is 60 surplus credits; null: the price book does not say. */
  rateUsd: string | null
  rateSource: { id: string; date: string } | null
  /** Pico-dollars billed while the load ran; null: not priced. */
  usd: bigint | null
  /** The same with the surplus that is billed when the machine is stopped, terminated or switched to standard. */
  usdWhenStopped: bigint | null
  /** After each step of the load. */
  steps: CreditStep[]
  /** At the launch, after each started hour, and at each step's end. */
  trace: CreditPoint[]
}
