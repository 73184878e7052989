// CloudFront distributions: egress to viewers and HTTPS requests, at the prices of the viewers' part of the world.
import { billedGb, type Charge, type Meter, type UsageRate, usageCharges } from '../charge.ts'

/** CloudFront prices by where viewers are. The forecast takes them to be where the event's region is. */
const PRICE_REGIONS: Record<string, string> = {
  'ap-northeast-1': 'japan',
  'ap-south-1': 'india',
  'ap-southeast-1': 'asia-pacific',
  'ap-southeast-2': 'australia',
  'ca-central-1': 'north-america',
  'eu-central-1': 'europe',
  'eu-north-1': 'europe',
  'eu-west-1': 'europe',
  'eu-west-2': 'europe',
  'eu-west-3': 'europe',
  'sa-east-1': 'south-america',
  'us-east-1': 'north-america',
  'us-east-2': 'north-america',
  'us-west-2': 'north-america',
}

/**
 * Price class 100 serves everybody from edges in North America and Europe, at their prices; Europe's are the higher.
 * The account's monthly free allowance is not taken off: an event shares it with everything
 * else in the account.
 */
export const cloudfrontDistribution: Meter = {
  reads: { 'cdn-egress': 'GB', 'cdn-requests': 'request' },
  charges({ inputs }, context) {
    const here = PRICE_REGIONS[context.region]
    const priceRegion = inputs.priceClass === 'PriceClass_100' && here !== 'north-america' ? 'europe' : here
    const egress: UsageRate = {
      description: `CloudFront egress, ${priceRegion}`,
      rateId: `cloudfront.${priceRegion}.egress`,
      unit: 'GB',
      convert: billedGb,
    }
    const requests: UsageRate = {
      description: `CloudFront HTTPS requests, ${priceRegion}`,
      rateId: `cloudfront.${priceRegion}.https-request`,
      unit: 'request',
    }
    if (!priceRegion) return [noPriceRegion(context.region)]
    return [
      ...usageCharges(context, 'cdn-egress', egress),
      ...usageCharges(context, 'cdn-requests', requests),
    ]
  },
}

function noPriceRegion(region: string): Charge {
  const why = `CloudFront's price region for ${region} is not in the price book`
  return { kind: 'unknown', description: 'CloudFront egress and requests', quantity: null, unit: 'GB', why }
}
