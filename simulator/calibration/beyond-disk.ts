// What a PoP's answers take beyond the disk: for a twin with another disk than that of the calibration's machine.
import type { Calibration } from './calibration.ts'
import { type QuantileTable, quantile } from './quantile-table.ts'

export interface BeyondDisk {
  ackMs: QuantileTable
  deliveryMs: QuantileTable
}

/**
 * Each quantile less that of a write: slow answers are taken to be those whose write was slow. Where the calibration has
 * no times of writes nothing is taken off, so that the times with another disk are too long and never too short.
 */
export function beyondDisk({
  ackServiceMs,
  deliveryServiceMs,
  fsyncMs,
}: Pick<Calibration, 'ackServiceMs' | 'deliveryServiceMs' | 'fsyncMs'>): BeyondDisk {
  if (fsyncMs === undefined) return { ackMs: ackServiceMs, deliveryMs: deliveryServiceMs }
  return { ackMs: less(ackServiceMs, fsyncMs), deliveryMs: less(deliveryServiceMs, fsyncMs) }
}

function less(table: QuantileTable, writeMs: QuantileTable): QuantileTable {
  let most = 0
  return table.map((ms, i) => {
    most = Math.max(most, ms - quantile(writeMs, i / (table.length - 1)))
    return most
  })
}
