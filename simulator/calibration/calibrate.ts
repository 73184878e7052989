// From measured runs to the twin's parameters: what is left of each time when the links are taken off.
import { resolve } from 'node:path'
import { VoidRun } from '../../runtime/errors.ts'
import { type MeasuredRun, readRun } from '../rehearsal/run-files.ts'
import { CALIBRATION_VERSION, type Calibration, type CalibrationSource } from './calibration.ts'
import { cpuCost, type MeasuredWork } from './cpu-cost.ts'
import { type Buckets, bucketQuantiles, bucketsTotal } from './histogram.ts'
import {
  medianTable,
  QUANTILE_POINTS,
  type QuantileTable,
  quantile,
  quantileTable,
} from './quantile-table.ts'
import { queueFacts } from './queue-facts.ts'
import { residualsOf } from './residuals.ts'

/** Fewer samples than this say nothing about a distribution. */
export const SAMPLES_MIN = 20

/** From the folders of finished rehearsals; one that is named twice counts once. Errors: MP_RUN_UNREADABLE, those of `calibrationOf`. */
export async function calibrate(folders: readonly string[], lender?: Calibration): Promise<Calibration> {
  const different = [...new Set(folders.map((folder) => resolve(folder)))]
  return calibrationOf(await Promise.all(different.map(readRun)), lender)
}

/** The same with what one core of its machine does: iterations of CoreMark a second. */
export function withCoremark(calibration: Calibration, coremarkPerCoreS: number | undefined): Calibration {
  if (coremarkPerCoreS === undefined) return calibration
  return { ...calibration, machine: { ...calibration.machine, coremarkPerCoreS } }
}

/** The kinds of times that a calibration has too few samples of to have measured them itself. */
export function borrowed({ samples }: Calibration): (keyof Calibration['samples'])[] {
  const kinds = Object.keys(samples) as (keyof Calibration['samples'])[]
  return kinds.filter((kind) => samples[kind] < SAMPLES_MIN)
}

/**
 * Each quantile is the median of those of the runs: one run whose machine could not keep up moves it little, where it
 * would be the tail of all samples together. A run with too few samples of something has no say in it; where all
 * have, that table is `lender`'s, and `samples` still tells how few there were. Errors: MP_CALIBRATION_SMALL where there is nobody to borrow from,
 * MP_CALIBRATION_MIXED where the runs are not of one machine.
 */
export async function calibrationOf(
  runs: readonly MeasuredRun[],
  lender?: Calibration,
): Promise<Calibration> {
  refuseMixed(runs)
  const learnt: Learnt[] = []
  for (const run of runs) learnt.push(await learn(run))
  const most = (of: (from: Learnt) => number) => Math.max(...learnt.map(of))
  const samples = {
    ack: most(({ ack }) => ack.length),
    delivery: most(({ delivery }) => delivery.length),
    page: most(({ page }) => page.length),
    apply: most(({ applySeconds }) => bucketsTotal(applySeconds)),
  }
  if (!lender) refuseSmall(samples)
  const tableOf = (times: (from: Learnt) => number[], lent: QuantileTable | undefined): QuantileTable => {
    const enough = learnt.map(times).filter(({ length }) => length >= SAMPLES_MIN)
    return enough.length === 0 && lent !== undefined
      ? lent
      : medianTable(enough.map((own) => quantileTable(own)))
  }
  const applies = learnt
    .map(({ applySeconds }) => applySeconds)
    .filter((buckets) => bucketsTotal(buckets) >= SAMPLES_MIN)
  const writes = learnt
    .map(({ logWriteSeconds }) => logWriteSeconds)
    .filter((buckets) => bucketsTotal(buckets) >= SAMPLES_MIN)
  const fsyncMs =
    writes.length > 0
      ? medianTable(writes.map((buckets) => bucketQuantiles(buckets, QUANTILE_POINTS, 1000)))
      : undefined
  const toldDelivery = learnt.filter(({ delivery }) => delivery.length >= SAMPLES_MIN)
  const gaps = toldDelivery.flatMap(({ fanOutMs }) => fanOutMs ?? []).sort((a, b) => a - b)
  const ownGapMs = gaps.length === 0 ? undefined : Number(quantile(gaps, 0.5).toPrecision(3))
  const fanOutMs = toldDelivery.length === 0 ? lender?.fanOutMs : ownGapMs
  const starts = learnt.flatMap(({ popStartMs }) => popStartMs)
  const popStartMs = starts.length > 0 ? starts : lender?.popStartMs
  const published = learnt.reduce((sum, { work }) => sum + work.publishes, 0)
  return {
    version: CALIBRATION_VERSION,
    machine: (runs[0] as MeasuredRun).facts.machine,
    from: learnt.map(({ from }) => from),
    ackServiceMs: tableOf(({ ack }) => ack, lender?.ackServiceMs),
    deliveryServiceMs: tableOf(({ delivery }) => delivery, lender?.deliveryServiceMs),
    ...(fanOutMs !== undefined && { fanOutMs }),
    pageServiceMs: tableOf(({ page }) => page, lender?.pageServiceMs),
    applyMs:
      applies.length === 0 && lender !== undefined
        ? lender.applyMs
        : medianTable(applies.map((buckets) => bucketQuantiles(buckets, QUANTILE_POINTS, 1000))),
    ...(fsyncMs && { fsyncMs }),
    reconnectMs: learnt.flatMap(({ reconnectMs }) => reconnectMs),
    ...(popStartMs && { popStartMs }),
    cpu: cpuCost(learnt.map(({ work }) => work)),
    uplinkBytesPerRecord: Math.round(
      learnt.reduce((sum, { recordBytes, work }) => sum + recordBytes * work.publishes, 0) /
        Math.max(1, published),
    ),
    pageBytes: (learnt[0] as Learnt).pageBytes,
    range: {
      sessions: most(({ from }) => from.sessions),
      publishesPerS: most(({ range }) => range.publishesPerS),
      deliveriesPerS: most(({ range }) => range.deliveriesPerS),
      backlog: most(({ backlog }) => backlog),
    },
    samples,
  }
}

/** What one run teaches. */
interface Learnt {
  from: CalibrationSource
  /** ms, links taken off. */
  ack: number[]
  delivery: number[]
  fanOutMs: number | null
  page: number[]
  applySeconds: Buckets
  /** Empty where the run did not time them. */
  logWriteSeconds: Buckets
  reconnectMs: number[]
  /** Empty where the run killed no PoP. */
  popStartMs: number[]
  recordBytes: number
  work: MeasuredWork
  pageBytes: Calibration['pageBytes']
  range: { publishesPerS: number; deliveriesPerS: number }
  backlog: number
}

async function learn(run: MeasuredRun): Promise<Learnt> {
  const { plan, facts } = run
  const { work, ...residuals } = await residualsOf(run)
  const { polls, ...queue } = await queueFacts(run)
  return {
    ...residuals,
    ...queue,
    applySeconds: facts.applySeconds,
    logWriteSeconds: facts.logWriteSeconds ?? [],
    popStartMs: facts.popStartMs ?? [],
    pageBytes: facts.pageBytes,
    work: {
      ...work,
      polls,
      cpuMs: facts.venues.reduce((sum, { cpuS }) => sum + cpuS * 1000, 0),
      overMs: facts.venues.reduce((sum, { cpuOverS }) => sum + cpuOverS * 1000, 0),
    },
    from: {
      event: plan.event,
      outage: facts.outage,
      seed: plan.seed,
      sessions: plan.sessions.length,
      durationS: plan.durationMs / 1000,
      date: facts.date,
      commit: facts.commit,
    },
  }
}

function refuseMixed(runs: readonly MeasuredRun[]): void {
  const machines = new Set(runs.map(({ facts: { machine } }) => `${machine.cores} × ${machine.cpu}`))
  if (machines.size === 1) return
  throw new VoidRun(
    'MP_CALIBRATION_MIXED',
    `the runs are of different machines: ${[...machines].join(', ')}`,
    'Calibrate each machine on its own runs.',
  )
}

function refuseSmall(samples: Calibration['samples']): void {
  for (const [what, count] of Object.entries(samples)) {
    if (count >= SAMPLES_MIN) continue
    throw new VoidRun(
      'MP_CALIBRATION_SMALL',
      `the run has ${count} samples of ${what}, a calibration needs ${SAMPLES_MIN}`,
      'Rehearse longer, with more attendees, or in a livelier segment.',
    )
  }
}
