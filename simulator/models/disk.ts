// The disk of a PoP's queue under virtual time: one durable write at a time, in the order in which they were asked for.
// What goes into a write is decided by the runtime's own group commit, so that a slower disk has fewer, larger writes.
import { loadCatalog } from '../../infra/catalog/catalog.ts'
import type { StatedDisk } from '../../infra/event/event.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { QUANTILE_POINTS, type QuantileTable, quantile } from '../calibration/quantile-table.ts'
import type { EventQueue } from '../engine/event-queue.ts'
import type { Random } from '../engine/random.ts'
import { Station } from '../engine/station.ts'
import { normalQuantile } from '../uncertainty/normal-quantile.ts'

export interface DiskTimes {
  /** One small durable write, ms. */
  writeMs: QuantileTable
  /** What its bytes take on top, bytes a second; null: nothing that is known. */
  bytesPerS: number | null
  /** What its times are, as a part of a sentence. */
  unverified: string
}

/** Longest write that is drawn from a stated p50 and p99: one in 10,000 would take longer. */
const STATED_P_MAX = 0.9999

/** `venue` is for the sentence. null: nothing is stated. */
export function diskTimesOf(
  stated: StatedDisk | null,
  calibration: Pick<Calibration, 'fsyncMs'>,
  venue: string,
): DiskTimes | null {
  if (stated === null) return null
  const { kind, fsyncMs } = stated
  const known = kind === null ? undefined : loadCatalog().disks.get(kind)
  const own =
    calibration.fsyncMs === undefined
      ? ', on top of the disk where times were measured, which did not time its writes by themselves'
      : ''
  if (fsyncMs !== null) {
    const text = `${venue}: a write to its disk takes ${fsyncMs.p50} ms, and ${fsyncMs.p99} ms at p99, as the event says${own}`
    return { writeMs: logNormal(fsyncMs), bytesPerS: known?.bytesPerS ?? null, unverified: text }
  }
  if (known === undefined) throw new Error(`the catalogue has no times of a disk of kind ${kind}`)
  const points = known.writeMs
  const writeMs = tableOf((p) => {
    const above = Math.max(
      1,
      points.findIndex((point) => point.p >= p),
    )
    const [from, to] = [points[above - 1], points[above]] as [(typeof points)[0], (typeof points)[0]]
    return Math.min(to.ms, from.ms + ((p - from.p) / (to.p - from.p)) * (to.ms - from.ms))
  })
  return {
    writeMs,
    bytesPerS: known.bytesPerS,
    unverified: `${venue}: writes to its disk take as long as published for ${kind}${own}`,
  }
}

/** Log-normal through both: a stated assumption of what lies between and beyond. */
function logNormal({ p50, p99 }: { p50: number; p99: number }): QuantileTable {
  const spread = Math.log(p99 / p50) / normalQuantile(0.99)
  return tableOf((p) => {
    const within = Math.min(STATED_P_MAX, Math.max(1 - STATED_P_MAX, p))
    return p50 * Math.exp(spread * normalQuantile(within))
  })
}

function tableOf(at: (p: number) => number): QuantileTable {
  return Array.from({ length: QUANTILE_POINTS }, (_, i) => at(i / (QUANTILE_POINTS - 1)))
}

export class Disk {
  readonly #times: DiskTimes
  readonly #random: Random
  readonly #station: Station

  constructor(clock: EventQueue, times: DiskTimes, random: Random) {
    this.#times = times
    this.#random = random
    this.#station = new Station(clock, 1, 'the disk of a PoP')
  }

  /** Queues a write of `bytes` now; returns when it is durable, ms. */
  write(bytes: number): number {
    const { writeMs, bytesPerS } = this.#times
    const transferMs = bytesPerS === null ? 0 : (bytes / bytesPerS) * 1000
    return this.#station.serve(quantile(writeMs, this.#random()) + transferMs)
  }

  /** ms that it has written, those of queued writes too. */
  get busyMs(): number {
    return this.#station.busyMs
  }
}
