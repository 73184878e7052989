// EC2 instances, on demand or on the spot market: hours, surplus CPU credits, disks, addresses and egress.
import type { ResourceNode } from '../../../infra/graph.ts'
import {
  type Charge,
  type Meter,
  type MeterContext,
  statedUse,
  type UsageRate,
  usageCharges,
} from '../charge.ts'
import { defaultCreditMode, isBurstable, vcpuHoursOfCredits } from '../cpu-credits.ts'
import { type Decimal, decimal } from '../money.ts'
import { billedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'
import { detailedMonitoring } from './detailed-monitoring.ts'
import { volumeCharges } from './ebs.ts'
import { dependenciesOf, type Inputs, objectOf, objectsOf, otherPrices, textOf } from './inputs.ts'
import { publicIpv4Charge } from './public-ipv4.ts'

/** Linux instances are billed per second with a minimum of 60 s (EC2 on-demand price page). */
export const MINIMUM_S = 60

export const ec2Instance: Meter = {
  reads: { 'cpu-surplus-credits': 'credit', ...TRANSFER_READS },
  charges(node, context) {
    const { inputs } = node
    const elsewhere = otherPrices(node, context.graph)
    const root = objectOf(inputs, 'rootBlockDevice')
    const devices = [root, ...objectsOf(inputs, 'ebsBlockDevices')]
    return [
      instanceHours(inputs, context, elsewhere),
      ...surplusCredits(inputs, context),
      ...devices.flatMap((device) =>
        volumeCharges(device, { size: 'volumeSize', type: 'volumeType' }, context, elsewhere),
      ),
      ...(getsAddress(node, context) ? [publicIpv4Charge(decimal('1'), context)] : []),
      ...(inputs.monitoring === true ? [detailedMonitoring(context)] : []),
      ...transferCharges(context),
    ]
  },
}

function instanceHours(inputs: Inputs, context: MeterContext, elsewhere: string | null): Charge {
  const type = textOf(inputs, 'instanceType')
  const quantity = billedHours(decimal('1'), context.window, MINIMUM_S)
  const unknown = (why: string): Charge => ({
    kind: 'unknown',
    description: `${type ?? 'EC2 instance'} hours`,
    quantity,
    unit: 'hour',
    why,
  })
  if (!type) return unknown('its instance type is not stated')
  if (elsewhere !== null) return unknown(elsewhere)
  const tenancy = textOf(inputs, 'tenancy') ?? 'default'
  if (tenancy !== 'default') return unknown(`no meter for ${tenancy} tenancy`)
  if (inputs.instanceMarketOptions !== undefined) {
    const market = textOf(objectOf(inputs, 'instanceMarketOptions'), 'marketType')
    if (market !== 'spot') return unknown(`no meter for the market ${market ?? '(none)'}`)
    return spotHours(type, quantity, context)
  }
  return statedUse(context, {
    description: `${type} on-demand, Linux`,
    rateId: `ec2.${type}.on-demand`,
    unit: 'hour',
    quantity,
  })
}

/** At the spot market's price as the price book has it: a mean, while the market asks more or less by the hour. */
export function spotHours(type: string, quantity: Decimal, context: MeterContext): Charge {
  return statedUse(context, {
    description: `${type} spot, Linux, mean price of the market`,
    rateId: `ec2.${type}.spot`,
    unit: 'hour',
    quantity,
  })
}

/** In unlimited mode, credits spent beyond those earned are billed; in standard mode the machine is throttled. */
export function surplusCredits(inputs: Inputs, context: MeterContext): Charge[] {
  const type = textOf(inputs, 'instanceType') ?? ''
  if (!isBurstable(type)) return []
  const mode = textOf(objectOf(inputs, 'creditSpecification'), 'cpuCredits') ?? defaultCreditMode(type)
  const rate: UsageRate = {
    description: 'surplus CPU credits',
    rateId: `ec2.surplus-credits.${type.slice(0, type.indexOf('.'))}`,
    unit: 'vCPU-hour',
    convert: vcpuHoursOfCredits,
  }
  return mode === 'unlimited' ? usageCharges(context, 'cpu-surplus-credits', rate) : []
}

/**
 * Whether the instance is given a public address of its own, which is paid like an elastic one. An interface made
 * beforehand brings the addresses that were put on it.
 */
function getsAddress(node: ResourceNode, { graph }: MeterContext): boolean {
  const { inputs } = node
  if (inputs.primaryNetworkInterface !== undefined || inputs.networkInterfaces !== undefined) return false
  const elastic = graph.resources.some(
    (other) => other.type === 'aws:ec2/eip:Eip' && other.dependencies.includes(node.urn),
  )
  if (elastic || inputs.associatePublicIpAddress === false) return false
  const subnets = dependenciesOf(node, 'aws:ec2/subnet:Subnet', graph)
  return (
    inputs.associatePublicIpAddress === true ||
    subnets.some((subnet) => subnet.inputs.mapPublicIpOnLaunch === true)
  )
}
