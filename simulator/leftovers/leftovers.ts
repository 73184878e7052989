// What is left of an event after `pulumi destroy`, and what each thing costs a month where the price book knows it.
import type { EventSpec, Venue } from '../../infra/event/event.ts'
import { TAG } from '../../infra/tags.ts'
import { PICO } from '../costs/money.ts'
import type { PriceBook } from '../costs/price-book.ts'
import type { TaggedResource } from './tagged-resources.ts'

/** As AWS counts a month where a price is by the hour. */
const MONTH_HOURS = 730n
const GB = 1e9

/** `free`: it may stay. `priced`: by the month. `unknown`: it may cost, and `why` says what decides that. */
export type LeftoverCost =
  | { is: 'free' }
  | { is: 'priced'; picoUsd: bigint; of: string }
  | { is: 'unknown'; why: string }

export interface Leftover {
  arn: string
  what: string
  venue: string | null
  cost: LeftoverCost
}

type Costs = (of: {
  resource: TaggedResource
  spec: EventSpec
  venue: Venue | null
  rate: Rates
}) => LeftoverCost
/** A month of `quantity` units; null where the price book has no such rate. */
type Rates = (id: string, quantity: bigint) => LeftoverCost

const free: Costs = () => ({ is: 'free' })
const unknown =
  (why: string): Costs =>
  () => ({ is: 'unknown', why })
const hourly =
  (id: string): Costs =>
  ({ rate }) =>
    rate(id, MONTH_HOURS)

/** By service and kind, as ARNs say them. A kind that is not here is not known to be free. */
const COSTS: Record<string, Costs> = {
  'ec2 instance': ({ venue, rate }) =>
    venue?.pop.platform === 'ec2'
      ? rate(`ec2.${venue.pop.instanceType}.on-demand`, MONTH_HOURS)
      : { is: 'unknown', why: 'by its type, which the event file does not say of this venue' },
  'ec2 volume': ({ venue, rate }) =>
    venue?.pop.platform === 'ec2'
      ? rate('ebs.gp3.storage', BigInt(Math.ceil(venue.pop.volumeBytes / GB)))
      : { is: 'unknown', why: 'by its size' },
  'ec2 snapshot': unknown('by the bytes in it'),
  'ec2 elastic-ip': hourly('vpc.public-ipv4.idle'),
  'ec2 natgateway': unknown('by the hour, and by what goes through it'),
  'ec2 vpc-endpoint': unknown('by the hour, where it is an interface'),
  'ec2 capacity-reservation': ({ venue, rate }) =>
    venue?.pop.platform === 'ec2'
      ? rate(`ec2.${venue.pop.instanceType}.on-demand`, MONTH_HOURS)
      : { is: 'unknown', why: 'as the instances it keeps, used or not' },
  'elasticloadbalancing loadbalancer/app': hourly('elb.application.hour'),
  'elasticloadbalancing loadbalancer/net': hourly('elb.network.hour'),
  'rds db': ({ spec, rate }) => {
    const { instanceClass, multiAz } = spec.central.database
    return rate(`rds.postgresql.${instanceClass}.${multiAz ? 'multi' : 'single'}-az`, MONTH_HOURS)
  },
  'rds snapshot': unknown(
    'by the bytes in it; the final snapshot of a destroy is meant to stay: delete it by hand',
  ),
  'rds cluster-snapshot': unknown('by the bytes in it'),
  'rds cluster': unknown('by its instances and storage'),
  'secretsmanager secret': ({ rate }) => rate('secretsmanager.secret', 1n),
  'route53 hostedzone': ({ rate }) => rate('route53.zone', 1n),
  'route53 healthcheck': unknown('by the month, and by what it checks'),
  's3 bucket': unknown('by the bytes in it; an empty one is free'),
  'logs log-group': unknown('by the bytes kept in it'),
  'cloudfront distribution': unknown('by what is asked of it; one that nobody asks is free'),
  'ecs service': unknown('by its running tasks; with none it is free'),
  'ecs task': unknown('by its size while it runs'),
  'kms key': unknown('by the month until it is deleted, which takes days'),
  'ecr repository': unknown('by the bytes in it'),
  'cloudwatch alarm': unknown('by the month'),
  'ec2 vpc': free,
  'ec2 subnet': free,
  'ec2 security-group': free,
  'ec2 security-group-rule': free,
  'ec2 route-table': free,
  'ec2 internet-gateway': free,
  'ec2 network-interface': free,
  'ec2 launch-template': free,
  'ec2 placement-group': free,
  'elasticloadbalancing targetgroup': free,
  'elasticloadbalancing listener': free,
  'ecs cluster': free,
  'ecs task-definition': free,
  'acm certificate': free,
  'rds subgrp': free,
  'rds pg': free,
  'autoscaling autoScalingGroup': free,
}

/** Dearest first, then what may cost, then what is free. */
export function leftoversOf(
  resources: readonly TaggedResource[],
  spec: EventSpec,
  book: PriceBook,
): Leftover[] {
  const left = resources.map((resource): Leftover => {
    const { arn, service, kind, id, region, tags } = resource
    const name = tags[TAG.venue] ?? null
    const venue = spec.venues.find((one) => one.name === name) ?? null
    const costs = COSTS[`${service} ${kind}`]
    const cost = costs?.({ resource, spec, venue, rate: ratesOf(book, region || spec.region) })
    return {
      arn,
      what: [service, kind, id].filter((part) => part !== '').join(' '),
      venue: name,
      cost: cost ?? { is: 'unknown', why: 'what it is is not known here' },
    }
  })
  return left.sort((a, b) => rank(a) - rank(b) || Number(amount(b) - amount(a)) || (a.arn < b.arn ? -1 : 1))
}

/** Sum of what is known, a month. */
export function knownPicoUsd(leftovers: readonly Leftover[]): bigint {
  return leftovers.reduce((sum, one) => sum + amount(one), 0n)
}

function amount({ cost }: Leftover): bigint {
  return cost.is === 'priced' ? cost.picoUsd : 0n
}

function rank({ cost }: Leftover): number {
  return ['priced', 'unknown', 'free'].indexOf(cost.is)
}

function ratesOf(book: PriceBook, region: string): Rates {
  return (id, quantity) => {
    const tier = book.rate(region, id)?.tiers[0]
    if (tier === undefined) return { is: 'unknown', why: `the price book has no ${id} in ${region}` }
    const { digits, scale } = tier.priceUsd
    const picoUsd = (digits * quantity * PICO) / 10n ** BigInt(scale)
    return { is: 'priced', picoUsd, of: `${id}, ${tier.source.id} ${tier.source.date}` }
  }
}
