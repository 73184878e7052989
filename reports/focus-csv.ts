// A forecast as a FOCUS data set (CSV): a row a line, or a row a part of one; exact decimals, our own columns under x_.
import type { ForecastReport } from '../simulator/costs/forecast-report-result.ts'
import type { CostLine } from '../simulator/costs/forecast-result.ts'
import type {
  AllocationKey,
  LineAllocation,
  LinePart,
} from '../simulator/costs/sponsors/allocation-result.ts'
import { renderCsv } from './csv.ts'
import { exactDollars } from './format.ts'

const CLOUD = 'Amazon Web Services'
const VENUE = 'venue'
const PLACES = 12n

/** Category, subcategory and name of a service of the price book. */
const SERVICES: Record<string, [category: string, subcategory: string, name: string]> = {
  cloudfront: ['Networking', 'Content Delivery', 'Amazon CloudFront'],
  cloudwatch: ['Management and Governance', 'Observability', 'Amazon CloudWatch'],
  ebs: ['Storage', 'Block Storage', 'Amazon Elastic Block Store'],
  ec2: ['Compute', 'Virtual Machines', 'Amazon Elastic Compute Cloud'],
  elb: ['Networking', 'Application Networking', 'Elastic Load Balancing'],
  fargate: ['Compute', 'Containers', 'AWS Fargate'],
  kms: ['Security', 'Other (Security)', 'AWS Key Management Service'],
  logs: ['Management and Governance', 'Observability', 'Amazon CloudWatch Logs'],
  rds: ['Databases', 'Relational Databases', 'Amazon Relational Database Service'],
  route53: ['Networking', 'Network Routing', 'Amazon Route 53'],
  s3: ['Storage', 'Object Storage', 'Amazon Simple Storage Service'],
  secretsmanager: ['Security', 'Secret Management', 'AWS Secrets Manager'],
  transfer: ['Networking', 'Network Connectivity', 'AWS Data Transfer'],
  vpc: ['Networking', 'Network Infrastructure', 'Amazon Virtual Private Cloud'],
}
const OTHER = ['Other', 'Other (Other)', 'Venue'] as const

/** Of `micropop:` keys: how each key of an allocation shares a line out, as docs/costs.md says. */
const METHODS: Record<AllocationKey, string> = {
  sponsor: 'micropop:by-user-seconds',
  venue: 'micropop:by-venue',
  'cost-centre': 'micropop:by-cost-centre',
}

interface Row {
  line: CostLine
  /** What the row has of the line: a part of it, or all. */
  share: Pick<LinePart, 'quantity' | 'list' | 'amount'>
  part: (LinePart & { by: AllocationKey }) | null
  report: ForecastReport
}
type Cell = string | null
type Column = [name: string, of: (row: Row) => Cell]

/** FOCUS's columns in the order of the alphabet, as its own examples have them. */
const COLUMNS: Column[] = [
  ['BilledCost', ({ share }) => exactDollars(share.amount)],
  ['BillingAccountId', ({ line }) => (line.service === VENUE ? VENUE : 'aws')],
  ['BillingAccountName', ({ line }) => (line.service === VENUE ? 'Venues' : 'AWS account of the event')],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ line }) => monthStart(line.window.startMs, 1)],
  ['BillingPeriodStart', ({ line }) => monthStart(line.window.startMs, 0)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ line }) => line.description],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ line }) => instant(line.window.endMs)],
  ['ChargePeriodStart', ({ line }) => instant(line.window.startMs)],
  ['ConsumedQuantity', ({ share }) => share.quantity],
  ['ConsumedUnit', ({ line }) => unitName(line.unit)],
  ['ContractedCost', ({ share }) => exactDollars(share.amount)],
  ['ContractedUnitPrice', contractedPrice],
  ['EffectiveCost', ({ share }) => exactDollars(share.amount)],
  ['InvoiceId', () => null],
  ['InvoiceIssuerName', provider],
  ['ListCost', ({ share }) => exactDollars(share.list)],
  ['ListUnitPrice', ({ line }) => line.rate],
  ['PricingCategory', ({ line }) => (line.rateId?.includes('.spot') ? 'Dynamic' : 'Standard')],
  ['PricingQuantity', ({ share }) => share.quantity],
  ['PricingUnit', ({ line }) => unitName(line.unit)],
  ['ProviderName', provider],
  ['PublisherName', provider],
  ['RegionId', regionOf],
  ['RegionName', regionOf],
  ['ResourceId', ({ line }) => line.urn],
  ['ResourceName', ({ line }) => line.urn.split('::').at(-1) ?? line.urn],
  ['ResourceType', ({ line }) => line.type],
  ['ServiceCategory', ({ line }) => serviceOf(line)[0]],
  ['ServiceName', ({ line }) => serviceOf(line)[2]],
  ['ServiceSubcategory', ({ line }) => serviceOf(line)[1]],
  ['SkuId', ({ line }) => skuOf(line)],
  ['SkuMeter', ({ line }) => line.description],
  ['SkuPriceDetails', () => null],
  ['SkuPriceId', ({ line }) => `${skuOf(line)}/${line.region}`],
  ['SubAccountId', () => null],
  ['SubAccountName', () => null],
  ['Tags', ({ line }) => JSON.stringify(line.tags)],
]

/** Of FOCUS 1.3, which wants the two names of providers: whom a part of a charge is for, and how it came to be. */
const ALLOCATED: Column[] = [
  ['AllocatedMethodDetails', ({ part }) => part && methodDetails(part)],
  ['AllocatedMethodId', ({ part }) => part && METHODS[part.by]],
  ['AllocatedResourceId', ({ part }) => (part && part.of !== null ? `${part.by}/${part.of}` : null)],
  ['AllocatedResourceName', ({ part }) => part?.of ?? null],
  ['AllocatedTags', allocatedTags],
  ['HostProviderName', provider],
  ['ServiceProviderName', provider],
]

const OURS: Column[] = [
  ['x_UsageType', ({ line }) => `micropop:${skuOf(line)}`],
  ['x_QuantitySource', ({ line }) => line.quantitySource],
  ['x_RateSource', ({ line }) => line.rateSource.id],
  ['x_RateDate', ({ line }) => line.rateSource.date],
  ['x_EventCostP10', quantile(0.1)],
  ['x_EventCostP50', quantile(0.5)],
  ['x_EventCostP90', quantile(0.9)],
  ['x_EventCostP99', quantile(0.99)],
]

/**
 * What has no known price is no charge that FOCUS knows, and is not there. With an allocation, each line is there in its
 * parts.
 */
export function renderFocusCsv(report: ForecastReport, allocation: LineAllocation | null = null): string {
  const split = [...ALLOCATED, ...COLUMNS].sort(([a], [b]) => (a < b ? -1 : 1))
  const columns = [...(allocation === null ? COLUMNS : split), ...OURS]
  const rows = report.lines.flatMap((line, i): Row[] => {
    if (allocation === null) return [{ line, share: line, part: null, report }]
    const parts = allocation.lines[i] ?? []
    return parts.map((part) => ({ line, share: part, part: { ...part, by: allocation.by }, report }))
  })
  return renderCsv([columns.map(([name]) => name), ...rows.map((row) => columns.map(([, of]) => of(row)))])
}

/** Of the whole event, on each row; null: no interval was asked for. */
function quantile(p: number): (row: Row) => Cell {
  return ({ report }) => {
    const found = report.interval?.quantiles.find((of) => of.p === p)
    return found === undefined ? null : exactDollars(found.value)
  }
}

/** Numbers of JSON, written as the exact decimals that they are. */
function methodDetails({ ratio, userSeconds }: LinePart): string {
  const by = userSeconds === null ? '' : `,"UsageUnit":"User-Seconds","UsageQuantity":${userSeconds}`
  return `{"Elements":[{"AllocatedRatio":${ratio}${by}}]}`
}

/** The tag of whoever bears the part, but where the resource has the same. */
function allocatedTags({ line, part }: Row): Cell {
  if (part === null || part.of === null) return null
  const key = `micropop:${part.by}`
  return line.tags[key] === part.of ? null : JSON.stringify({ [key]: part.of })
}

function regionOf({ line: { region } }: Row): Cell {
  return region === 'global' ? null : region
}

function provider({ line: { service } }: Row): string {
  return service === VENUE ? 'Venue' : CLOUD
}

function serviceOf({ service }: CostLine): readonly [string, string, string] {
  return SERVICES[service] ?? OTHER
}

function skuOf({ rateId, service }: CostLine): string {
  return rateId ?? service
}

/** After the discount, to twelve places: a share of a price need not end sooner. */
function contractedPrice({ line: { rate, list, discount } }: Row): string {
  if (discount === 0n) return rate
  const [whole = '', fraction = ''] = rate.split('.')
  const pico = BigInt(whole + fraction.padEnd(Number(PLACES), '0').slice(0, Number(PLACES)))
  return exactDollars((pico * (list - discount)) / list)
}

/** AWS's GB are 2³⁰ bytes, which FOCUS calls GiB; its units are in the plural. */
function unitName(unit: string): string {
  if (unit === 'GB') return 'GiB'
  if (unit === 'query') return 'Queries'
  return `${unit.replace(/^GB-/, 'GiB-').replace(/[a-z]+$/, (word) => word[0]?.toUpperCase() + word.slice(1))}s`
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

function monthStart(ms: number, months: number): string {
  const date = new Date(ms)
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1))
}
