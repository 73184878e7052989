// Picks, of another tool's golden rates, those that the price book has too: what a test compares the book with.
//   node tools/build-golden-rates.mjs FOLDER [OUT]
// FOLDER holds infracost_golden_unit_rates.csv. A golden shows a rate, or a cost from which the rate follows within an
// interval. What a component is called in the book is written here anew, not taken from tools/build-price-book.mjs.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2]
if (!folder) {
  process.stderr.write('usage: node tools/build-golden-rates.mjs FOLDER [OUT]\n')
  process.exit(2)
}
const out =
  process.argv[3] ??
  fileURLToPath(new URL('../simulator/costs/evidence/infracost-golden-rates.csv', import.meta.url))

/** Hours in the months of those components that show a month's price of an hourly rate. */
const MONTH_H = 730

const CLASSES = {
  Standard: 'standard',
  'Standard - infrequent access': 'standard-ia',
  'One zone - infrequent access': 'one-zone-ia',
  'Glacier flexible retrieval': 'glacier',
  'Glacier deep archive': 'deep-archive',
}
const S3 = {
  Storage: ['storage', 1],
  'PUT, COPY, POST, LIST requests': ['put', 1000],
  'GET, SELECT, and all other requests': ['get', 1000],
  'Lifecycle transition': ['transition', 1000],
  Retrievals: ['retrieval', 1],
  'Retrievals (standard)': ['retrieval', 1],
  'Retrieval requests (standard)': ['retrieval-request', 1000],
  'Early delete (within 90 days)': ['storage', 1],
  'Early delete (within 180 days)': ['storage', 1],
}
const WORLD = {
  'US, Mexico, Canada': 'north-america',
  'Europe, Israel': 'europe',
  'South America': 'south-america',
  Japan: 'japan',
  'Australia, New Zealand': 'australia',
  'Hong Kong, Philippines, Asia Pacific': 'asia-pacific',
  India: 'india',
}
/** Start of a tier in GB, by how a component ends. */
const CDN_TIERS = {
  'first 10TB': 0,
  'next 40TB': 10_240,
  'next 100TB': 51_200,
  'next 350TB': 153_600,
  'next 524TB': 512_000,
  'next 4PB': 1_048_576,
  'over 5PB': 5_242_880,
}
const INTERNET_TIERS = { 'first 10TB': 0, 'next 40TB': 10_240, 'next 100TB': 51_200, 'over 150TB': 153_600 }
const ROUTES = { Standard: 'standard', 'Latency based routing': 'latency', 'Geo DNS': 'geo' }
const ANYWHERE = /aws_(instance|autoscaling_group|eks_node_group)\.|module\./

/** By resource and component: the rate's id, how many of its units the golden prices, its tier, its region. */
const RULES = [
  [
    ANYWHERE,
    /^Instance usage \(Linux\/UNIX, on-demand, (\S+)\)$/,
    (m) => ({ rate: `ec2.${m[1]}.on-demand` }),
  ],
  [
    /aws_instance\.std_(\d)yr_(\w+)_upfront$/,
    /reserved, (\S+)\)$/,
    (m, of) => ({ rate: `ec2.${m[1]}.reserved-${of[1]}y-${of[2]}-upfront` }),
  ],
  [ANYWHERE, /^EC2 detailed monitoring$/, () => ({ rate: 'cloudwatch.metric' })],
  [
    /aws_(ebs_volume|instance|autoscaling_group|eks_node_group)\./,
    /^Storage \(general purpose SSD, gp3\)$/,
    () => ({ rate: 'ebs.gp3.storage' }),
  ],
  [/aws_ebs_volume\.gp3/, /^Provisioned IOPS$/, () => ({ rate: 'ebs.gp3.iops' })],
  [/aws_ebs_volume\.gp3/, /^Provisioned throughput$/, () => ({ rate: 'ebs.gp3.throughput' })],
  [/aws_ebs_snapshot\./, /^EBS snapshot storage$/, () => ({ rate: 'ebs.snapshot' })],
  [
    /postgres/,
    /^Database instance \(on-demand, Single-AZ, (\S+)\)$/,
    (m) => ({ rate: `rds.postgresql.${m[1]}.single-az` }),
  ],
  [
    /aws_db_instance\.gp3\["multi_az"\]/,
    /^Storage \(general purpose SSD, gp3\)$/,
    () => ({ rate: 'rds.gp3.storage.multi-az' }),
  ],
  [
    /aws_db_instance\.gp3\["above/,
    /^Storage \(general purpose SSD, gp3\)$/,
    () => ({ rate: 'rds.gp3.storage.single-az' }),
  ],
  [/aws_db_instance\.mysql/, /^CPU credits$/, () => ({ rate: 'rds.surplus-credits' })],
  [/aws_db_instance\.mysql/, /^Additional backup storage$/, () => ({ rate: 'rds.backup' })],
  [/aws_nat_gateway\./, /^NAT gateway$/, () => ({ rate: 'vpc.nat-gateway.hour' })],
  [/aws_nat_gateway\./, /^Data processed$/, () => ({ rate: 'vpc.nat-gateway.data' })],
  [/aws_eip\./, /^IP address \(if unused\)$/, () => ({ rate: 'vpc.public-ipv4.idle' })],
  [/aws_lb\./, /^(Application|Network) load balancer$/, (m) => ({ rate: `elb.${m[1].toLowerCase()}.hour` })],
  [/aws_lb\.alb/, /^Load balancer capacity units$/, () => ({ rate: 'elb.application.lcu', per: MONTH_H })],
  [
    /aws_lb\.(nlb|example)/,
    /^Load balancer capacity units$/,
    () => ({ rate: 'elb.network.lcu', per: MONTH_H }),
  ],
  [
    /aws_(ecs_service|eks_fargate_profile)\./,
    /^Per GB per hour$/,
    () => ({ rate: 'fargate.x86.memory', per: MONTH_H }),
  ],
  [
    /aws_(ecs_service|eks_fargate_profile)\./,
    /^Per vCPU per hour$/,
    () => ({ rate: 'fargate.x86.vcpu', per: MONTH_H }),
  ],
  [/aws_kms_key\./, /^Customer master key$/, () => ({ rate: 'kms.key' })],
  [/aws_kms_key\./, /^Requests$/, () => ({ rate: 'kms.request', per: 10_000 })],
  [/aws_cloudwatch_log_group\./, /^Data ingested$/, () => ({ rate: 'logs.ingest' })],
  [/aws_cloudwatch_log_group\./, /^Archival Storage$/, () => ({ rate: 'logs.storage' })],
  [/aws_cloudwatch_metric_alarm\./, /^Standard resolution$/, () => ({ rate: 'cloudwatch.alarm' })],
  [/aws_secretsmanager_secret\./, /^Secret$/, () => ({ rate: 'secretsmanager.secret' })],
  [/aws_secretsmanager_secret\./, /^API requests$/, () => ({ rate: 'secretsmanager.request', per: 10_000 })],
  [/aws_route53_zone\./, /^Hosted zone$/, () => ({ rate: 'route53.zone' })],
  [/aws_route53_health_check\./, /^Health check$/, () => ({ rate: 'route53.health-check' })],
  [/aws_route53_health_check\./, /^Optional features$/, () => ({ rate: 'route53.health-check.option' })],
  [
    /aws_route53_record\./,
    /^(Standard|Latency based routing|Geo DNS) queries \((first|over) 1B\)$/,
    (m) => ({
      rate: `route53.queries.${ROUTES[m[1]]}`,
      per: 1_000_000,
      from: m[2] === 'first' ? 0 : 1_000_000_000,
    }),
  ],
  [
    /aws_data_transfer\.(.+)$/,
    /^Outbound data transfer to Internet \((.+)\)$/,
    (m, of) => ({ rate: 'transfer.internet-out', region: of[1], from: INTERNET_TIERS[m[1]] }),
  ],
  [
    /aws_data_transfer\.(.+)$/,
    /^Outbound data transfer to other regions$/,
    (_, of) => ({ rate: 'transfer.inter-region-out', region: of[1] }),
  ],
]

/** The rate that a golden prices; null: one that the book has no use for. */
function ruleFor({ resource, path, component, tf_regions: region }) {
  if (resource.startsWith('aws_s3_bucket.')) {
    const [what, per] = S3[component] ?? []
    const one = !region.includes('|')
    return what && CLASSES[path] && one ? { rate: `s3.${CLASSES[path]}.${what}`, per } : null
  }
  if (resource.startsWith('aws_cloudfront_distribution.')) {
    const where = WORLD[path]
    const tier = /^Data transfer out to internet \((.+)\)$/.exec(component)?.[1]
    if (!where) return null
    if (tier) return { rate: `cloudfront.${where}.egress`, from: CDN_TIERS[tier], region: 'global' }
    const https = { rate: `cloudfront.${where}.https-request`, per: 10_000, region: 'global' }
    return component === 'HTTPS requests' ? https : null
  }
  for (const [of, what, to] of RULES) {
    const found = what.exec(component)
    const owner = of.exec(resource)
    if (found && owner) return to(found, owner)
  }
  return null
}

const text = readFileSync(join(folder, 'infracost_golden_unit_rates.csv'), 'utf8')
const cellsOf = (line) =>
  [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2])
const [header, ...lines] = text.trimEnd().split(/\r?\n/).map(cellsOf)
const rows = new Set()
for (const cells of lines) {
  const golden = Object.fromEntries(header.map((key, i) => [key, cells[i]]))
  const rule = ruleFor(golden)
  if (!rule) continue
  const region = rule.region ?? golden.tf_regions
  if (region.includes('|')) continue
  const usd = golden.rate_usd
  const row = [region, rule.rate, rule.from ?? 0, rule.per ?? 1, usd, golden.lo || usd, golden.hi || usd]
  const name = [golden.resource, golden.path, golden.component].filter(Boolean).join(' / ')
  rows.add([...row, golden.source_commit.slice(0, 12), golden.source_date, name].join(','))
}
const columns = 'region,rate,tier_from,per,golden_usd,lo,hi,source_commit,source_date,golden'
writeFileSync(out, `${[columns, ...[...rows].sort()].join('\n')}\n`)
process.stdout.write(`${rows.size} golden rates\n`)
