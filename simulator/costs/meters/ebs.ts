// EBS volumes: gp3 storage, and the IOPS and throughput above what gp3 includes.
import { type Charge, type Meter, type MeterContext, statedUse } from '../charge.ts'
import { type Decimal, decimal, isZero, minus, ZERO } from '../money.ts'
import { billedMonths } from '../window.ts'
import { decimalOf, type Inputs, otherPrices, textOf } from './inputs.ts'

/** Included with every gp3 volume (EBS price page). */
const INCLUDED_IOPS = decimal('3000')
const INCLUDED_MIBPS = decimal('125')

/** `elsewhere`: why the region's rates are not its price. `size` and `type` name the inputs, which differ between a volume and an instance's block device. */
export function volumeCharges(
  inputs: Inputs,
  { size, type }: { size: string; type: string },
  context: MeterContext,
  elsewhere: string | null = null,
): Charge[] {
  const gib = decimalOf(inputs, size)
  const volumeType = textOf(inputs, type)
  if (!gib || volumeType !== 'gp3' || elsewhere !== null) {
    const why = gib
      ? (elsewhere ?? `no meter for a volume of type ${volumeType ?? '(the default of the image)'}`)
      : 'its size is not stated'
    return [{ kind: 'unknown', description: 'EBS storage', quantity: null, unit: 'GB-month', why }]
  }
  const storage = statedUse(context, {
    description: `EBS gp3 storage, ${inputs[size]} GiB`,
    rateId: 'ebs.gp3.storage',
    unit: 'GB-month',
    quantity: billedMonths(gib, context.window),
  })
  const iops = above(decimalOf(inputs, 'iops'), INCLUDED_IOPS)
  const throughput = above(decimalOf(inputs, 'throughput'), INCLUDED_MIBPS)
  return [
    storage,
    ...(isZero(iops)
      ? []
      : [
          statedUse(context, {
            description: 'EBS gp3 IOPS above 3,000',
            rateId: 'ebs.gp3.iops',
            unit: 'IOPS-month',
            quantity: billedMonths(iops, context.window),
          }),
        ]),
    ...(isZero(throughput)
      ? []
      : [
          statedUse(context, {
            description: 'EBS gp3 throughput above 125 MiB/s',
            rateId: 'ebs.gp3.throughput',
            unit: 'MiBps-month',
            quantity: billedMonths(throughput, context.window),
          }),
        ]),
  ]
}

function above(value: Decimal | null, included: Decimal): Decimal {
  const extra = value ? minus(value, included) : ZERO
  return extra.digits > 0n ? extra : ZERO
}

export const ebsVolume: Meter = {
  reads: {},
  charges: (node, context) =>
    volumeCharges(node.inputs, { size: 'size', type: 'type' }, context, otherPrices(node, context.graph)),
}
