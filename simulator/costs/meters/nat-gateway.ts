// NAT gateways: hours, and what passes through them.
import { billedGb, type Meter, statedUse, usageCharges } from '../charge.ts'
import { decimal } from '../money.ts'
import { startedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'

/** A started hour is a whole one (VPC price page). What leaves is egress besides, at the machine behind it unless usage counts it here. */
export const natGateway: Meter = {
  reads: { 'nat-data': 'GB', ...TRANSFER_READS },
  charges: (_node, context) => [
    statedUse(context, {
      description: 'NAT gateway',
      rateId: 'vpc.nat-gateway.hour',
      unit: 'hour',
      quantity: decimal(String(startedHours(context.window))),
    }),
    ...usageCharges(context, 'nat-data', {
      description: 'data through the NAT gateway',
      rateId: 'vpc.nat-gateway.data',
      unit: 'GB',
      convert: billedGb,
    }),
    ...transferCharges(context, { required: false }),
  ],
}
