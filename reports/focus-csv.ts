// A forecast as a FOCUS 1.2 data set (CSV): a row a line, exact decimals, our own columns under x_.
import type { CostLine, Forecast } from '../simulator/costs/forecast-result.ts'
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

type Cell = string | null
type Column = [name: string, of: (line: CostLine, forecast: Forecast) => Cell]

/** FOCUS's columns in the order of the alphabet, as its own examples have them. */
const COLUMNS: Column[] = [
  ['BilledCost', ({ amount }) => exactDollars(amount)],
  ['BillingAccountId', ({ service }) => (service === VENUE ? VENUE : 'aws')],
  ['BillingAccountName', ({ service }) => (service === VENUE ? 'Venues' : 'AWS account of the event')],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodEnd', ({ window }) => monthStart(window.startMs, 1)],
  ['BillingPeriodStart', ({ window }) => monthStart(window.startMs, 0)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => null],
  ['ChargeDescription', ({ description }) => description],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodEnd', ({ window }) => instant(window.endMs)],
  ['ChargePeriodStart', ({ window }) => instant(window.startMs)],
  ['ConsumedQuantity', ({ quantity }) => quantity],
  ['ConsumedUnit', ({ unit }) => unitName(unit)],
  ['ContractedCost', ({ amount }) => exactDollars(amount)],
  ['ContractedUnitPrice', contractedPrice],
  ['EffectiveCost', ({ amount }) => exactDollars(amount)],
  ['InvoiceId', () => null],
  ['InvoiceIssuerName', provider],
  ['ListCost', ({ list }) => exactDollars(list)],
  ['ListUnitPrice', ({ rate }) => rate],
  ['PricingCategory', ({ rateId }) => (rateId?.includes('.spot') ? 'Dynamic' : 'Standard')],
  ['PricingQuantity', ({ quantity }) => quantity],
  ['PricingUnit', ({ unit }) => unitName(unit)],
  ['ProviderName', provider],
  ['PublisherName', provider],
  ['RegionId', ({ region }) => (region === 'global' ? null : region)],
  ['RegionName', ({ region }) => (region === 'global' ? null : region)],
  ['ResourceId', ({ urn }) => urn],
  ['ResourceName', ({ urn }) => urn.split('::').at(-1) ?? urn],
  ['ResourceType', ({ type }) => type],
  ['ServiceCategory', (line) => serviceOf(line)[0]],
  ['ServiceName', (line) => serviceOf(line)[2]],
  ['ServiceSubcategory', (line) => serviceOf(line)[1]],
  ['SkuId', skuOf],
  ['SkuMeter', ({ description }) => description],
  ['SkuPriceDetails', () => null],
  ['SkuPriceId', (line) => `${skuOf(line)}/${line.region}`],
  ['SubAccountId', () => null],
  ['SubAccountName', () => null],
  ['Tags', ({ venue }, { event }) => JSON.stringify({ 'micropop:event': event, 'micropop:venue': venue })],
  ['x_UsageType', (line) => `micropop:${skuOf(line)}`],
  ['x_QuantitySource', ({ quantitySource }) => quantitySource],
  ['x_RateSource', ({ rateSource }) => rateSource.id],
  ['x_RateDate', ({ rateSource }) => rateSource.date],
]

/** What has no known price is no charge that FOCUS knows, and is not there. */
export function renderFocusCsv(forecast: Forecast): string {
  const rows = forecast.lines.map((line) => COLUMNS.map(([, of]) => of(line, forecast)))
  return renderCsv([COLUMNS.map(([name]) => name), ...rows])
}

function provider({ service }: CostLine): string {
  return service === VENUE ? 'Venue' : CLOUD
}

function serviceOf({ service }: CostLine): readonly [string, string, string] {
  return SERVICES[service] ?? OTHER
}

function skuOf({ rateId, service }: CostLine): string {
  return rateId ?? service
}

/** After the discount, to twelve places: a share of a price need not end sooner. */
function contractedPrice({ rate, list, discount }: CostLine): string {
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
