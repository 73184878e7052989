// What each figure of a run is called, and its unit.
import type { Figure, FigureId } from './run-result.ts'

const ms = (label: string) => ({ label, unit: 'ms' as const })

export const FIGURES: Readonly<Record<FigureId, { label: string; unit: Figure['unit'] }>> = {
  'ack-p50': ms('Acknowledged, p50'),
  'ack-p95': ms('Acknowledged, p95'),
  'ack-p99': ms('Acknowledged, p99'),
  'delivery-p50': ms('Delivered, p50'),
  'delivery-p95': ms('Delivered, p95'),
  'delivery-p99': ms('Delivered, p99'),
  'page-p50': ms('Page loaded, p50'),
  'page-p95': ms('Page loaded, p95'),
  'sync-p99': ms('At central, p99'),
  recovery: { label: 'Recovery', unit: 's' },
  'backlog-peak': { label: 'Backlog, peak', unit: 'messages' },
  'uplink-bytes': { label: 'Uplink bytes', unit: 'bytes' },
}

/** Not among a run's figures, which latencies and counts are: it is in the usage of a run. */
export const CPU_FIGURE = { id: 'cpu', label: 'Processor time of the PoPs', unit: 'CPU ms' } as const
