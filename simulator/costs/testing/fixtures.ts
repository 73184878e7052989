// Small graphs, events and price books for tests of costs.
import type { EventSpec } from '../../../infra/event/event.ts'
import type { ResourceGraph, ResourceNode } from '../../../infra/graph.ts'
import { eventWith } from '../../../infra/testing/events.ts'
import type { Usage } from '../../usage.ts'
import { type PriceBook, parseRates } from '../price-book.ts'
import type { Window } from '../window.ts'

const HOUR_MS = 3_600_000

/** An event whose window is `hours` from `from`, without set-up or tear-down. */
export function eventFor(from: string, hours: number, overrides: Partial<EventSpec> = {}): EventSpec {
  return eventWith({ startMs: Date.parse(from), dayS: hours * 3600, setupS: 0, teardownS: 0, ...overrides })
}

export function windowOf(from: string, hours: number): Window {
  return { startMs: Date.parse(from), endMs: Date.parse(from) + hours * HOUR_MS }
}

/** A resource whose URN is `urn:NAME`, tagged for `venue`. */
export function resource(
  name: string,
  type: string,
  inputs: Record<string, unknown> = {},
  { venue = 'remote', dependencies = [] }: { venue?: string; dependencies?: string[] } = {},
): ResourceNode {
  return {
    urn: `urn:${name}`,
    type,
    name,
    inputs: { ...inputs, tags: { 'micropop:venue': venue } },
    parent: null,
    dependencies,
  }
}

export function graphOf(...resources: ResourceNode[]): ResourceGraph {
  return { project: 'micropop', stack: 'test', resources }
}

export function used(urn: string, meter: string, quantity: number, unit: string, window: Window): Usage {
  return { urn, meter, quantity, unit, window, source: 'surrogate' }
}

/** Lines of `rate price unit [from to]` in eu-west-1, gathered on 2026-11-23. */
export function bookOf(...rows: string[]): PriceBook {
  const lines = rows.map((row) => {
    const [rate, price, unit, from = '0', to = ''] = row.split(' ')
    return `eu-west-1,${rate},${price},${unit},${from},${to},price-list,2026-10-15`
  })
  const header = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
  const rates = parseRates([header, ...lines].join('\n'), 'test.csv')
  return { date: '2026-11-23', rate: (region, id) => rates.get(`${region} ${id}`) ?? null }
}

/** Bytes that AWS bills as `gb`, in the GB of usage: 10⁹ bytes against 2³⁰. */
export function decimalGb(gb: number): number {
  return (gb * 2 ** 30) / 1e9
}

/** eu-west-1 as of October 2026, so that the tests below stay as they are when the price book is built anew. */
export const IRELAND = bookOf(
  'ec2.t3.medium.on-demand 0.0456 hour',
  'ec2.surplus-credits.t3 0.05 vCPU-hour',
  'ebs.gp3.storage 0.088 GB-month',
  'ebs.gp3.iops 0.0055 IOPS-month',
  'ebs.gp3.throughput 0.044 MiBps-month',
  'vpc.public-ipv4.in-use 0.005 hour',
  'vpc.public-ipv4.idle 0.005 hour',
  'transfer.internet-out.free 0 GB 0 100',
  'transfer.internet-out 0.09 GB 0 10240',
  'transfer.internet-out 0.085 GB 10240 51200',
  'transfer.inter-region-out 0.02 GB',
  'transfer.intra-region 0.01 GB',
  'rds.postgresql.db.t4g.medium.single-az 0.069 hour',
  'rds.gp3.storage.single-az 0.127 GB-month',
  'rds.surplus-credits 0.075 vCPU-hour',
  'rds.backup 0.095 GB-month',
  'fargate.x86.vcpu 0.04048 vCPU-hour',
  'fargate.x86.memory 0.004445 GB-hour',
  'elb.network.hour 0.0252 hour',
  'elb.network.lcu 0.006 LCU-hour',
  'secretsmanager.secret 0.4 secret-month',
  'secretsmanager.request 0.000005 request',
  'logs.ingest 0.57 GB',
  'logs.storage 0.03 GB-month',
  's3.standard.storage 0.023 GB-month 0 51200',
  's3.standard.put 0.000005 request',
  's3.standard.get 0.0000004 request',
  'cloudfront.europe.egress 0.085 GB 0 10240',
  'cloudfront.europe.https-request 0.0000012 request',
  'route53.queries.standard 0.0000004 query 0 1000000000',
)
