// How many spot machines of a type are taken back in a month, and who says so.
import type { RateSource } from '../costs/price-book.ts'

/** Shares of a month, from 0 to 1. */
export interface SpotShare {
  region: string
  instanceType: string
  /** The least and the most that it may be; equal where the event file states it, or where no band is known. */
  least: number
  most: number
  /** The band has no upper end: `most` is a rule of ours. */
  openEnded: boolean
  /** What is expected: the middle. */
  expected: number
  /** `stated` in the event file; `band`: published for the type; `assumed`: no band of it is known. */
  from: 'stated' | 'band' | 'assumed'
  /** Of the band. */
  source: RateSource | null
}
