// What central counts, in a registry of its own.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Lane } from '../protocol/lanes.ts'
import type { Counts } from './ingest.ts'

const APPLY_BUCKETS_S = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

export type CentralMetrics = ReturnType<typeof centralMetrics>

export function centralMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `micropop_central_${name}_total`, help, labelNames, registers: [registry] })
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `micropop_central_${name}`, help, registers: [registry] })
  return {
    registry,
    uplinks: gauge('uplinks', 'Uplinks connected'),
    natsUplinks: gauge('nats_uplinks', 'PoPs connected over NATS'),
    waitingBatches: gauge('waiting_batches', 'Batches read and not yet applied'),
    receivedBytes: counter('received_bytes', 'Bytes of frames from PoPs', []),
    batches: counter('batches', 'Batches received', ['lane']),
    applied: counter('messages_applied', 'Records that became messages', ['lane']),
    duplicates: counter('duplicates', 'Records whose message another path had brought', ['lane']),
    shed: counter('shed', 'Records that their PoP shed for want of space', ['lane']),
    repaired: counter('repaired', 'Messages lost here and stored again', ['lane']),
    resent: counter('resent', 'Records sent again after they were applied', ['lane']),
    comparedBlocks: counter('compared_blocks', 'Blocks of records compared with a log by digest', ['lane']),
    differingBlocks: counter('differing_blocks', 'Of these, blocks that differed', ['lane']),
    differingRecords: counter(
      'differing_records',
      'Records found missing here (lacks), missing in the log (extra), or with other contents (other)',
      ['lane', 'is'],
    ),
    documentsPushed: counter('documents_pushed', 'Documents sent down to PoPs', ['kind']),
    gaps: counter('gaps', 'Batches that did not continue their lane', ['lane']),
    pauses: counter('pauses', 'Times an uplink was paused because too much waited', []),
    refusals: counter('refusals', 'Connections refused or ended, by code', ['code']),
    applySeconds: new Histogram({
      name: 'micropop_central_apply_seconds',
      help: 'Duration of the transaction that applies waiting batches',
      buckets: APPLY_BUCKETS_S,
      registers: [registry],
    }),
  }
}

export function countApplied(metrics: CentralMetrics, counts: Partial<Record<Lane, Counts>>): void {
  for (const [lane, { applied, duplicates, shed, resent, repaired }] of Object.entries(counts)) {
    metrics.applied.inc({ lane }, applied)
    metrics.duplicates.inc({ lane }, duplicates)
    metrics.shed.inc({ lane }, shed)
    metrics.resent.inc({ lane }, resent)
    metrics.repaired.inc({ lane }, repaired)
  }
}
