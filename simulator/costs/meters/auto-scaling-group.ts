// An Auto Scaling group of one on the spot market: its hours, disk, credits, monitoring and egress.
import type { ResourceNode } from '../../../infra/graph.ts'
import type { Charge, Meter, MeterContext } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'
import { detailedMonitoring } from './detailed-monitoring.ts'
import { volumeCharges } from './ebs.ts'
import { MINIMUM_S, spotHours, surplusCredits } from './ec2-instance.ts'
import { decimalOf, dependenciesOf, type Inputs, objectOf, objectsOf, otherPrices, textOf } from './inputs.ts'

export const autoScalingGroup: Meter = {
  reads: { 'cpu-surplus-credits': 'credit', ...TRANSFER_READS },
  charges(node, context) {
    const [template] = dependenciesOf(node, 'aws:ec2/launchTemplate:LaunchTemplate', context.graph)
    const elsewhere = otherPrices(node, context.graph)
    const machine = template?.inputs ?? {}
    return [
      machineHours(node, machine, elsewhere, context),
      ...surplusCredits(machine, context),
      ...objectsOf(machine, 'blockDeviceMappings').flatMap((device) =>
        volumeCharges(
          objectOf(device, 'ebs'),
          { size: 'volumeSize', type: 'volumeType' },
          context,
          elsewhere,
        ),
      ),
      ...(objectOf(machine, 'monitoring').enabled === true ? [detailedMonitoring(context)] : []),
      ...transferCharges(context),
    ]
  },
}

/** A stated cap is the most that an hour costs; without one it is the market's price as the price book has it. */
function machineHours(
  { inputs }: ResourceNode,
  machine: Inputs,
  elsewhere: string | null,
  context: MeterContext,
): Charge {
  const type = textOf(machine, 'instanceType')
  const distribution = objectOf(objectOf(inputs, 'mixedInstancesPolicy'), 'instancesDistribution')
  const quantity = billedHours(decimal('1'), context.window, MINIMUM_S)
  const unknown = (why: string): Charge => ({
    kind: 'unknown',
    description: `${type ?? 'EC2 instance'} spot, Linux`,
    quantity,
    unit: 'hour',
    why,
  })
  const onlySpot =
    distribution.onDemandBaseCapacity === 0 && distribution.onDemandPercentageAboveBaseCapacity === 0
  if (!onlySpot || inputs.maxSize !== 1)
    return unknown('no meter for a group that is more than one spot machine')
  const cap = decimalOf(distribution, 'spotMaxPrice')
  if (cap !== null) {
    return {
      kind: 'stated',
      description: `${type ?? 'EC2 instance'} spot, Linux, at most the stated price`,
      rateUsd: cap,
      quantity,
      unit: 'hour',
    }
  }
  if (type === null) return unknown('its instance type is not stated')
  return elsewhere === null ? spotHours(type, quantity, context) : unknown(elsewhere)
}
