// An Auto Scaling group of one on the spot market: hours at most at the stated cap, its disk, credits and egress.
import type { ResourceNode } from '../../../infra/graph.ts'
import type { Charge, Meter, MeterContext } from '../charge.ts'
import { decimal } from '../money.ts'
import { billedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'
import { volumeCharges } from './ebs.ts'
import { MINIMUM_S, surplusCredits } from './ec2-instance.ts'
import { decimalOf, dependenciesOf, type Inputs, objectOf, objectsOf, otherPrices, textOf } from './inputs.ts'

export const autoScalingGroup: Meter = {
  reads: { 'cpu-surplus-credits': 'credit', ...TRANSFER_READS },
  charges(node, context) {
    const [template] = dependenciesOf(node, 'aws:ec2/launchTemplate:LaunchTemplate', context.graph)
    const elsewhere = otherPrices(node, context.graph)
    const machine = template?.inputs ?? {}
    return [
      machineHours(node, machine, context),
      ...surplusCredits(machine, context),
      ...objectsOf(machine, 'blockDeviceMappings').flatMap((device) =>
        volumeCharges(
          objectOf(device, 'ebs'),
          { size: 'volumeSize', type: 'volumeType' },
          context,
          elsewhere,
        ),
      ),
      ...transferCharges(context),
    ]
  },
}

/** The market's price is in no price book: it changes by the hour. A cap is what it costs at most. */
function machineHours({ inputs }: ResourceNode, machine: Inputs, { window }: MeterContext): Charge {
  const type = textOf(machine, 'instanceType') ?? 'EC2 instance'
  const distribution = objectOf(objectOf(inputs, 'mixedInstancesPolicy'), 'instancesDistribution')
  const quantity = billedHours(decimal('1'), window, MINIMUM_S)
  const unknown = (why: string): Charge => ({
    kind: 'unknown',
    description: `${type} spot, Linux`,
    quantity,
    unit: 'hour',
    why,
  })
  const onlySpot =
    distribution.onDemandBaseCapacity === 0 && distribution.onDemandPercentageAboveBaseCapacity === 0
  if (!onlySpot || inputs.maxSize !== 1)
    return unknown('no meter for a group that is more than one spot machine')
  const cap = decimalOf(distribution, 'spotMaxPrice')
  if (cap === null)
    return unknown('the spot market has no fixed price: state the most that an hour may cost as `maxPrice`')
  return {
    kind: 'stated',
    description: `${type} spot, Linux, at most the stated price`,
    rateUsd: cap,
    quantity,
    unit: 'hour',
  }
}
