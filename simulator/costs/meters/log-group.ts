// CloudWatch log groups: ingested data, and its storage until the event is torn down.
import { billedGb, type Charge, type Meter, type MeterContext, usageCharges } from '../charge.ts'
import { quantityOf } from '../money.ts'
import { billedMonths } from '../window.ts'

export const logGroup: Meter = {
  reads: { 'log-ingest': 'GB' },
  charges: (_node, context) => [
    ...usageCharges(context, 'log-ingest', {
      description: 'log ingestion',
      rateId: 'logs.ingest',
      unit: 'GB',
      convert: billedGb,
    }),
    ...storage(context),
  ],
}

/**
 * What was ingested is stored from the start of its window until tear-down deletes the group. An upper bound: data
 * comes in over time, and CloudWatch stores it compressed.
 */
function storage({ usages, window }: MeterContext): Charge[] {
  return usages.map((usage) => {
    const stored = { startMs: usage.window.startMs, endMs: Math.max(window.endMs, usage.window.endMs) }
    return {
      kind: 'rated',
      description: 'log storage until tear-down, at most',
      rateId: 'logs.storage',
      quantity: billedMonths(billedGb(quantityOf(usage.quantity)), stored),
      unit: 'GB-month',
      quantitySource: usage.source,
      window: stored,
    }
  })
}
