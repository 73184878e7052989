// A calibration for the terminal: the times that were fitted, what work costs, and how far it reaches.
import { formatCount, formatMs } from '../reports/format.ts'
import { columns } from '../reports/plain-text.ts'
import { borrowed } from '../simulator/calibration/calibrate.ts'
import type { CalibratedMachine, Calibration } from '../simulator/calibration/calibration.ts'
import { quantile } from '../simulator/calibration/quantile-table.ts'
import { runsText, sourcesText } from '../simulator/calibration/source-text.ts'

function percentiles(table: readonly number[]): string[] {
  return [0.5, 0.95, 0.99].map((p) => formatMs(quantile(table, p)))
}

function coremark({ coremarkPerCoreS }: CalibratedMachine): string {
  return coremarkPerCoreS === undefined
    ? ''
    : `; CoreMark ${formatCount(coremarkPerCoreS)} iterations a second on one core`
}

export function calibrationText(calibration: Calibration): string {
  const { from, machine, cpu, range, samples } = calibration
  const lent = borrowed(calibration)
  const row = (label: string, table: readonly number[], count: number, kind: keyof typeof samples) => [
    label,
    ...percentiles(table),
    lent.includes(kind) ? `${count}, too few: the default's times` : formatCount(count),
  ]
  return [
    `Calibrated on ${runsText(from)}: ${sourcesText(from)}.`,
    `Machine: ${machine.cores} × ${machine.cpu}, ${machine.system}, Node ${machine.node}${coremark(machine)}.`,
    '',
    ...columns([
      ['Time without the links', 'p50', 'p95', 'p99', 'samples'],
      row('Publish to acknowledgement', calibration.ackServiceMs, samples.ack, 'ack'),
      row('Publish to delivery', calibration.deliveryServiceMs, samples.delivery, 'delivery'),
      row('Page with its images', calibration.pageServiceMs, samples.page, 'page'),
      row('A transaction at central', calibration.applyMs, samples.apply, 'apply'),
      ...(calibration.fsyncMs
        ? [['A durable write of the log', ...percentiles(calibration.fsyncMs), '']]
        : []),
    ]),
    ...(calibration.fanOutMs === undefined
      ? []
      : [`From one subscriber of a message to the next: ${calibration.fanOutMs} ms, beside the above.`]),
    '',
    ...columns([
      ['Processor time at a PoP', ''],
      ['a minute without work', formatMs(cpu.idleMsPerMinute)],
      ['a session that connects', formatMs(cpu.joinMs)],
      ['a publish, until at central', formatMs(cpu.publishMs)],
      ['a message to one subscriber', `${cpu.deliveryMs} ms`],
      ['a page with its images', formatMs(cpu.pageMs)],
    ]),
    '',
    `Reaches up to ${formatCount(range.sessions)} sessions, ${formatCount(range.publishesPerS)} publishes and ` +
      `${formatCount(range.deliveriesPerS)} deliveries a second, a backlog of ${formatCount(range.backlog)}.`,
    '',
  ].join('\n')
}
