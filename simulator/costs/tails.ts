// What goes on costing when an event is over: what a destroy leaves, and what it takes along only if it is done.
import type { EventSpec } from '../../infra/event/event.ts'
import type { ResourceGraph, ResourceNode } from '../../infra/graph.ts'
import type { Usage } from '../usage.ts'
import { venueFinder } from './attribution.ts'
import { billedGb } from './charge.ts'
import { discountOn, serviceOf } from './discount.ts'
import type { Tail } from './forecast-report-result.ts'
import { amountOf, type Decimal, decimal, isZero, quantityOf, scaled, ZERO } from './money.ts'
import type { PriceBook } from './price-book.ts'
import { billedMonths, eventWindow } from './window.ts'

const HOURS_A_MONTH = decimal('730')

type Found = Omit<Tail, 'venue' | 'urn' | 'monthly'> & {
  /** A month of it; none: it costs nothing. */
  of: { rateId: string; quantity: Decimal } | 'nothing' | 'unknown'
}

interface Occasion {
  graph: ResourceGraph
  event: EventSpec
  usages: readonly Usage[]
  book: PriceBook
}

/** Months are of 730 hours; the first tier of a rate is taken. What a person has to delete comes first. */
export function tailsOf({ graph, event, usages, book }: Occasion): Tail[] {
  const venueOf = venueFinder(graph)
  const ORDER = ['by-hand', 'with-destroy', 'by-itself']
  return graph.resources
    .flatMap((node) =>
      foundAt(node, event, usages).map(({ of, ...found }): Tail => {
        const where = { venue: venueOf(node), urn: node.urn }
        if (of === 'nothing' || of === 'unknown') {
          return { ...where, ...found, monthly: of === 'nothing' ? 0n : null }
        }
        const region = typeof node.inputs.region === 'string' ? node.inputs.region : event.region
        const rate = book.rate(region, of.rateId)?.tiers[0]?.priceUsd ?? null
        if (rate === null) return { ...where, ...found, monthly: null }
        const list = amountOf(rate, of.quantity)
        return { ...where, ...found, monthly: list - discountOn(list, serviceOf(of.rateId), event.finance) }
      }),
    )
    .toSorted((a, b) => ORDER.indexOf(a.ends) - ORDER.indexOf(b.ends))
}

function foundAt({ type, inputs, urn }: ResourceNode, event: EventSpec, usages: readonly Usage[]): Found[] {
  const used = (meter: string): Decimal =>
    quantityOf(usages.find((usage) => usage.urn === urn && usage.meter === meter)?.quantity ?? 0)
  switch (type) {
    case 'aws:rds/instance:Instance':
      return inputs.skipFinalSnapshot === true ? [] : [snapshot(inputs.allocatedStorage)]
    case 'aws:rds/cluster:Cluster':
      return inputs.skipFinalSnapshot === true ? [] : [snapshot(undefined)]
    case 'aws:s3/bucket:Bucket':
    case 'aws:s3/bucketV2:BucketV2':
      return [
        {
          what: 'objects of the bucket',
          of: { rateId: 's3.standard.storage', quantity: billedGb(ofAMonth(used('s3-storage'), event)) },
          atMost: false,
          ends: 'with-destroy',
          why: 'a destroy without protection empties it; a bucket that is kept goes on costing',
        },
      ]
    case 'aws:cloudwatch/logGroup:LogGroup':
      return [
        {
          what: `logs, kept for ${event.central.logDays} days`,
          of: { rateId: 'logs.storage', quantity: billedGb(used('log-ingest')) },
          atMost: true,
          ends: 'with-destroy',
          why: 'a destroy deletes the group; left standing, its lines go after their days',
        },
      ]
    case 'aws:kms/key:Key':
    case 'aws:kms/replicaKey:ReplicaKey':
      return [
        {
          what: `key that waits ${inputs.deletionWindowInDays ?? 30} days for its deletion`,
          of: 'nothing',
          atMost: false,
          ends: 'by-itself',
          why: 'AWS does not charge for it meanwhile; what it encrypted cannot be read afterwards',
        },
      ]
    case 'aws:route53/zone:Zone':
      return [
        {
          what: 'hosted zone',
          of: { rateId: 'route53.zone', quantity: decimal('1') },
          atMost: false,
          ends: 'with-destroy',
          why: 'billed in full for each calendar month that it is there',
        },
      ]
    case 'aws:ec2/eip:Eip':
      return [
        {
          what: 'public address that nothing uses',
          of: { rateId: 'vpc.public-ipv4.idle', quantity: HOURS_A_MONTH },
          atMost: false,
          ends: 'with-destroy',
          why: 'it costs the same without a machine; a destroy that failed halfway leaves it',
        },
      ]
    default:
      return []
  }
}

function snapshot(gib: unknown): Found {
  const known = typeof gib === 'number' || typeof gib === 'string'
  return {
    what: 'final snapshot of the database',
    of: known ? { rateId: 'rds.backup', quantity: decimal(String(gib)) } : 'unknown',
    atMost: true,
    ends: 'by-hand',
    why: known
      ? 'a destroy takes it and leaves it; no larger than the storage'
      : 'a destroy takes it and leaves it; how large it is nobody knows beforehand',
  }
}

/** Usage in GB-months of the window, as what is there at its end. */
function ofAMonth(gbMonths: Decimal, event: EventSpec): Decimal {
  const months = billedMonths(decimal('1'), eventWindow(event))
  return isZero(months) ? ZERO : scaled(gbMonths, 10n ** BigInt(months.scale), months.digits)
}
