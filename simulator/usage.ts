// Usage: the only quantity that costs read, wherever it was observed.

export type UsageSource = 'twin' | 'surrogate' | 'measured' | 'stated'

export interface Usage {
  /** URN of the resource that was used. */
  urn: string
  /** What was counted, e.g. `internet-egress`, `cpu-credits`, `requests`. */
  meter: string
  quantity: number
  /** GB (10⁹ bytes), vCPU-hour, credit, request… as the meter's rate is quoted. */
  unit: string
  /** ms since the Unix epoch. */
  window: { startMs: number; endMs: number }
  source: UsageSource
}
