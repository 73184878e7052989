// Builds simulator/costs/price-book from a folder of price facts: one small CSV a service, with a source on every row.
//   node tools/build-price-book.mjs FOLDER [OUT]
// FOLDER holds the CSV files named below, cpu_credit_rules.json, SOURCES.json and a README.md that says when the
// facts were gathered; tools/price-quotes adds what was quoted by hand. Only rates that a meter reads are taken. Where two sources price the same thing, a row of the
// AWS price list wins over a rate read back from another tool's output, then the newer one wins; a source that says
// something else than the winner is kept in conflicts.csv.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spotBands } from './spot-bands.mjs'

const folder = process.argv[2]
if (!folder) {
  process.stderr.write('usage: node tools/build-price-book.mjs FOLDER [OUT]\n')
  process.exit(2)
}
const out = process.argv[3] ?? fileURLToPath(new URL('../simulator/costs/price-book/', import.meta.url))

/** Rows of a CSV file as objects keyed by its header; cells may be quoted. */
function readCsv(name, from = folder) {
  const [header, ...lines] = readFileSync(join(from, name), 'utf8').trimEnd().split(/\r?\n/)
  const cellsOf = (line) =>
    [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2])
  const keys = cellsOf(header)
  return lines.map((line, index) => {
    const cells = cellsOf(line)
    if (cells.length !== keys.length) throw new Error(`${name}:${index + 2}: ${cells.length} cells`)
    return Object.fromEntries(keys.map((key, i) => [key, cells[i]]))
  })
}

/** `price` divided by a power of ten, exactly: `0.40` per million queries is `0.0000004` per query. */
function perUnit(price, zeros) {
  const [whole, fraction = ''] = price.split('.')
  const digits = (whole + fraction).padStart(fraction.length + zeros + 1, '0')
  const point = digits.length - fraction.length - zeros
  return plain(`${digits.slice(0, point)}.${digits.slice(point)}`)
}
/** Without leading or trailing zeros that say nothing. */
const plain = (price) =>
  (price.includes('.') ? price.replace(/\.?0*$/, '') : price).replace(/^0+(?=\d)/, '') || '0'

const onDemand = readCsv('ec2_on_demand.csv')
const infra = readCsv('infra_rates.csv')
const quotes = readCsv('services_pricelist_quotes.csv')
const goldens = readCsv('services_us-east-1_infracost.csv')
const unitRates = readCsv('infracost_golden_unit_rates.csv')
const quoted = fileURLToPath(new URL('price-quotes/', import.meta.url))
const readJson = (from, name) => JSON.parse(readFileSync(join(from, name), 'utf8'))
const quotedSources = readJson(quoted, 'sources.json')
const facts = { ...readJson(folder, 'SOURCES.json'), ...quotedSources }
const REGIONS = [...new Set(onDemand.map((row) => row.region))].sort()

/** The AWS price list, rows quoted from it, and AWS's guide. The rest was read back from another tool's output. */
const PRICE_LIST = new Set([
  'costwatch',
  'karpenter',
  'sweepstake_eu_west_1',
  'gofixture_2026_09',
  'fargate_euc1',
  'fargate_arm_eu_west_1',
  'ec2_nat_eu_west_1',
  'awsdocs',
  ...Object.keys(quotedSources).filter((id) => quotedSources[id].origin === 'AWS'),
])
const candidates = new Map()
/** Offers a price for `region` and `rate`. `row` brings source and date, and the interval where the price was implied. */
function offer(region, rate, price, unit, row, from = '0', to = '', perPowerOfTen = 0) {
  if (region !== 'global' && !REGIONS.includes(region)) return
  const key = [region, rate, from].join(' ')
  const low = row.lo ? Number(perUnit(row.lo, perPowerOfTen)) : undefined
  const high = row.hi ? Number(perUnit(row.hi, perPowerOfTen)) : undefined
  const date = row.source_date.slice(0, 10)
  const it = {
    region,
    rate,
    price: perUnit(price, perPowerOfTen),
    unit,
    from,
    to,
    source: row.source_id,
    date,
    low,
    high,
  }
  candidates.set(key, [...(candidates.get(key) ?? []), it])
}

for (const row of onDemand) offer(row.region, `ec2.${row.instance_type}.on-demand`, row.price, 'hour', row)
const priced = new Set(onDemand.map((row) => row.instance_type))
for (const row of readCsv('ec2_on_demand_us-east-1_karpenter.csv')) {
  if (!priced.has(row.instance_type)) continue
  offer('us-east-1', `ec2.${row.instance_type}.on-demand`, row.price_usd_hour, 'hour', row)
}
// AWS's guide prices surplus credits without naming a region.
const rules = readJson(folder, 'cpu_credit_rules.json')
const surplus = rules.surplus_price_usd_per_vcpu_hour.find(({ family }) => family === 't2,t3,t3a (Linux)')
for (const family of ['t2', 't3', 't3a']) {
  const row = { source_id: rules.source_id, source_date: facts[rules.source_id].date }
  offer('global', `ec2.surplus-credits.${family}`, String(surplus.price), 'vCPU-hour', row)
}

// Effective hourly prices of standard reservations: what is paid in advance is spread over the term.
const TERM = { '1yr': '1y', '3yr': '3y' }
for (const row of readCsv('ec2_reserved.csv').filter(({ os }) => os === 'Linux')) {
  if (row.note === 'recurring part only') continue
  const [term, payment] = [TERM[row.term], row.payment_option.replace('_', '-')]
  const plan = { standard: 'reserved', compute_savings_plan: 'savings-plan' }[row.offering_class]
  if (plan)
    offer(
      row.region,
      `ec2.${row.instance_type}.${plan}-${term}-${payment}`,
      row.effective_usd_hour,
      'hour',
      row,
    )
}
// The spot market's price as the Spot Advisor says it: a saving on the on-demand price, of the newest snapshot.
const advised = readCsv('spot_advisor.csv').sort((a, b) => a.snapshot_date.localeCompare(b.snapshot_date))
const listPrice = new Map(onDemand.map((row) => [`${row.region} ${row.instance_type}`, row.price]))
const newest = [
  ...new Map(advised.map((row) => [`${row.region} ${row.instance_type}`, row])).values(),
].filter((row) => listPrice.has(`${row.region} ${row.instance_type}`))
for (const row of newest) {
  const price = listPrice.get(`${row.region} ${row.instance_type}`)
  const [whole, fraction = ''] = price.split('.')
  const share = BigInt(100 - Number(row.savings_pct_vs_on_demand)) * BigInt(whole + fraction)
  const source = { ...row, source_date: row.snapshot_date }
  offer(
    row.region,
    `ec2.${row.instance_type}.spot`,
    String(share),
    'hour',
    source,
    '0',
    '',
    fraction.length + 2,
  )
}

const INFRA = {
  'ebs.storage.gp3': ['ebs.gp3.storage', 'GB-month'],
  'ebs.iops.gp3 (above 3000 included)': ['ebs.gp3.iops', 'IOPS-month'],
  'ebs.throughput.gp3 (above 125 MiB/s included)': ['ebs.gp3.throughput', 'MiBps-month'],
  'rds.storage.gp3.single-az': ['rds.gp3.storage.single-az', 'GB-month'],
  'rds.backup': ['rds.backup', 'GB-month'],
  'ebs.snapshot': ['ebs.snapshot', 'GB-month'],
  'cloudwatch.logs.storage': ['logs.storage', 'GB-month'],
  'nat_gateway.hour': ['vpc.nat-gateway.hour', 'hour'],
  'load_balancer.application.hour': ['elb.application.hour', 'hour'],
  'load_balancer.network.hour': ['elb.network.hour', 'hour'],
}
for (const row of infra) {
  const [rate, unit] = INFRA[row.rate] ?? []
  if (rate) offer(row.region, rate, row.price_usd, unit, row)
}

for (const row of readCsv('rds_on_demand.csv')) {
  // Usage types shorten `xlarge` to `xl` for some families; the API's names do not.
  const name = row.class_as_in_usage_type.replace(/xl$/, 'xlarge')
  if (row.engine === 'Aurora PostgreSQL')
    offer(row.region, `rds.aurora-postgresql.${name}`, row.single_az_usd_hour, 'hour', row)
  if (row.engine !== 'PostgreSQL') continue
  offer(row.region, `rds.postgresql.${name}.single-az`, row.single_az_usd_hour, 'hour', row)
  if (row.multi_az_usd_hour)
    offer(row.region, `rds.postgresql.${name}.multi-az`, row.multi_az_usd_hour, 'hour', row)
}

const SERVICES = {
  'fargate.vcpu.x86': ['fargate.x86.vcpu', 'vCPU-hour'],
  'fargate.memory.x86': ['fargate.x86.memory', 'GB-hour'],
  'fargate.vcpu.arm': ['fargate.arm.vcpu', 'vCPU-hour'],
  'fargate.memory.arm': ['fargate.arm.memory', 'GB-hour'],
  'vpc.public_ipv4.in_use': ['vpc.public-ipv4.in-use', 'hour'],
  'public_ipv4.idle': ['vpc.public-ipv4.idle', 'hour'],
  'cloudwatch.logs.ingest': ['logs.ingest', 'GB'],
  'cloudwatch.logs.storage': ['logs.storage', 'GB-month'],
  'secretsmanager.secret': ['secretsmanager.secret', 'secret-month'],
  'secretsmanager.api_request': ['secretsmanager.request', 'request'],
  'secretsmanager.api': ['secretsmanager.request', 'request', 4],
  'cloudwatch.metric (first 10000)': ['cloudwatch.metric', 'metric-month', 0, '10000'],
  'cloudwatch.alarm.standard': ['cloudwatch.alarm', 'alarm-month'],
  'nat_gateway.hour': ['vpc.nat-gateway.hour', 'hour'],
  'nat_gateway.data_processed': ['vpc.nat-gateway.data', 'GB'],
  'kms.key': ['kms.key', 'key-month'],
  's3.standard.storage': ['s3.standard.storage', 'GB-month'],
  's3.standard.storage (first 50TB)': ['s3.standard.storage', 'GB-month', 0, '51200'],
  's3.standard.put': ['s3.standard.put', 'request'],
  's3.standard.get': ['s3.standard.get', 'request'],
  'egress.internet (first 10TB)': ['transfer.internet-out', 'GB', 0, '10240'],
  'egress.internet (first 10TB, after 100 GB global free)': ['transfer.internet-out', 'GB', 0, '10240'],
  'alb.hour': ['elb.application.hour', 'hour'],
  'nlb.hour': ['elb.network.hour', 'hour'],
  'alb.lcu_hour': ['elb.application.lcu', 'LCU-hour'],
  'rds.cpu_credits.t3': ['rds.surplus-credits', 'vCPU-hour'],
}
for (const row of [...quotes, ...goldens]) {
  // A quote that its own collector doubts is no price: what it would have priced stays a hole.
  if (row.note?.startsWith('CONFLICT')) {
    process.stdout.write(`left out ${row.rate} in ${row.region}: ${row.note}\n`)
    continue
  }
  const [rate, unit, zeros = 0, to = ''] = SERVICES[row.rate] ?? []
  if (rate) offer(row.region, rate, row.price_usd, unit, row, '0', to, zeros)
  if (row.rate === 'egress.internet.global_free') {
    offer('global', 'transfer.internet-out.free', '0', 'GB', row, '0', '100')
  }
}

const S3_CLASSES = {
  Standard: 'standard',
  'Standard - infrequent access': 'standard-ia',
  'One zone - infrequent access': 'one-zone-ia',
  'Glacier flexible retrieval': 'glacier',
  'Glacier deep archive': 'deep-archive',
}
const S3 = {
  Storage: ['storage', 'GB-month', 0],
  'PUT, COPY, POST, LIST requests': ['put', 'request', 3],
  'GET, SELECT, and all other requests': ['get', 'request', 3],
  'Lifecycle transition': ['transition', 'request', 3],
  Retrievals: ['retrieval', 'GB', 0],
  'Retrievals (standard)': ['retrieval', 'GB', 0],
  'Retrieval requests (standard)': ['retrieval-request', 'request', 3],
}
for (const row of readCsv('s3_us-east-1.csv')) {
  const of = S3_CLASSES[row.storage_class]
  const [rate, unit, zeros] = S3[row.component] ?? []
  if (of && rate) offer('us-east-1', `s3.${of}.${rate}`, row.price_usd, unit, row, '0', '', zeros)
}

const TRANSFER = {
  internet_out: 'transfer.internet-out',
  inter_region_out: 'transfer.inter-region-out',
  intra_region_per_direction: 'transfer.intra-region',
}
for (const row of readCsv('data_transfer.csv').filter(({ kind }) => TRANSFER[kind])) {
  offer(row.region, TRANSFER[row.kind], row.price_usd, 'GB', row, row.from_gb_month, row.to_gb_month)
}

const EDGE = {
  'US, Mexico, Canada': 'north-america',
  'Europe, Israel': 'europe',
  'South America': 'south-america',
  Japan: 'japan',
  'Australia, New Zealand': 'australia',
  'Hong Kong, Philippines, Asia Pacific': 'asia-pacific',
  India: 'india',
}
// 1 TB is 1,024 GB on the price list: the internet egress tiers of data_transfer.csv end at 10,240 GB.
const EDGE_TIERS = {
  'first 10TB': ['0', '10240'],
  'next 40TB': ['10240', '51200'],
  'next 100TB': ['51200', '153600'],
  'next 350TB': ['153600', '512000'],
  'next 524TB': ['512000', '1048576'],
  'next 4PB': ['1048576', '5242880'],
  'over 5PB': ['5242880', ''],
}
for (const row of readCsv('cloudfront.csv').filter(({ price_region }) => EDGE[price_region])) {
  const edge = EDGE[row.price_region]
  const tier = EDGE_TIERS[/^Data transfer out to internet \((.*)\)$/.exec(row.component)?.[1]]
  if (tier) offer('global', `cloudfront.${edge}.egress`, row.rate_usd, 'GB', row, ...tier)
  if (row.component === 'HTTPS requests') {
    offer('global', `cloudfront.${edge}.https-request`, row.rate_usd, 'request', row, '0', '', 4)
  }
}

const DNS = { Standard: 'standard', 'Latency based routing': 'latency', 'Geo DNS': 'geo' }
for (const row of unitRates.filter(({ test }) => test === 'route53_record' || test === 'route53_zone')) {
  const query = /^(.*) queries \((first|over) 1B\)$/.exec(row.component)
  const tier = query?.[2] === 'first' ? ['0', '1000000000'] : ['1000000000', '']
  const source = { ...row, source_id: 'infracost_goldens' }
  if (query) offer('global', `route53.queries.${DNS[query[1]]}`, row.rate_usd, 'query', source, ...tier, 6)
  if (row.component === 'Hosted zone') offer('global', 'route53.zone', row.rate_usd, 'zone-month', source)
}
// A metric of detailed monitoring costs what one of the account's own does.
const GOLDEN = {
  'kms Requests': ['kms.request', 'request', '', 4],
  'gp3["multi_az"] Storage (general purpose SSD, gp3)': ['rds.gp3.storage.multi-az', 'GB-month', '', 0],
  'instance_withLaunchTemplateById EC2 detailed monitoring': [
    'cloudwatch.metric',
    'metric-month',
    '10000',
    0,
  ],
}
for (const row of unitRates) {
  const [rate, unit, to, zeros] = GOLDEN[`${row.resource.split('.').at(-1)} ${row.component}`] ?? []
  const source = { ...row, source_id: 'infracost_goldens' }
  if (rate) offer(row.tf_regions, rate, row.rate_usd, unit, source, '0', to, zeros)
}

for (const row of readCsv('quotes.csv', quoted)) {
  offer(row.region, row.rate, row.price_usd, row.unit, row, row.tier_from, row.tier_to)
}

// Infracost prints a capacity unit for a month of 730 hours: 4.38 is 0.006 an hour.
for (const row of unitRates.filter(({ component }) => component === 'Load balancer capacity units')) {
  const network = row.resource === 'aws_lb.nlb1_usage' || row.path === 'aws_loadbalancer'
  const hourly = (Number(row.rate_usd) / 730).toFixed(6)
  if (Math.abs(Number(hourly) * 730 - Number(row.rate_usd)) > 1e-9) throw new Error(`${row.rate_usd} a month`)
  const source = { source_id: 'infracost_goldens', source_date: row.source_date }
  if (network) offer(row.tf_regions, 'elb.network.lcu', hourly, 'LCU-hour', source)
}

// Choose, and keep what the losers said where it differs. An implied price agrees if the winner is in its interval.
const chosen = []
const conflicts = []
for (const offers of candidates.values()) {
  offers.sort(
    (a, b) =>
      Number(PRICE_LIST.has(b.source)) - Number(PRICE_LIST.has(a.source)) || b.date.localeCompare(a.date),
  )
  const [best, ...others] = offers
  chosen.push(best)
  for (const other of others) {
    const near =
      other.low !== undefined && Number(best.price) >= other.low && Number(best.price) <= other.high
    if (plain(other.price) !== plain(best.price) && !near) conflicts.push([best, other])
  }
}

const bySize = (text) => text.replace(/\d+/g, (digits) => digits.padStart(12, '0'))
const order = ({ region, rate, from }) => [bySize(rate), region, from.padStart(12, '0')].join(' ')
chosen.sort((a, b) => (order(a) < order(b) ? -1 : 1))
// Reservations and the spot market are many rows that few forecasts ask for: they have files of their own.
const fileOf = (rate) => {
  if (/^ec2\..*\.(reserved|savings-plan)-/.test(rate)) return 'ec2-commitments'
  return /^ec2\..*\.spot$/.test(rate) ? 'ec2-spot' : rate.split('.')[0]
}
const files = Map.groupBy(chosen, ({ rate }) => fileOf(rate))

for (const name of readdirSync(out).filter((name) => name.endsWith('.csv'))) rmSync(join(out, name))
const write = (name, rows) => {
  writeFileSync(join(out, name), `${rows.map((cells) => cells.join(',')).join('\n')}\n`)
  process.stdout.write(`simulator/costs/price-book/${name}: ${rows.length - 1} rows\n`)
}
for (const [service, rows] of files) {
  const header = ['region', 'rate', 'price_usd', 'unit', 'tier_from', 'tier_to', 'source', 'source_date']
  const cells = rows.map((r) => [r.region, r.rate, r.price, r.unit, r.from, r.to, r.source, r.date])
  write(`${service}.csv`, [header, ...cells])
}
write('conflicts.csv', [
  'region,rate,tier_from,chosen,chosen_source,chosen_date,other,other_source,other_date'.split(','),
  ...conflicts.map(([a, b]) => [
    a.region,
    a.rate,
    a.from,
    a.price,
    a.source,
    a.date,
    b.price,
    b.source,
    b.date,
  ]),
])

write('spot-interruptions.csv', spotBands(newest, REGIONS, bySize))

const gathered = /gathered (\d{4}-\d{2}-\d{2})/.exec(readFileSync(join(folder, 'README.md'), 'utf8'))?.[1]
if (!gathered) throw new Error('README.md does not say when the facts were gathered')
const KEPT = 'name version repo path commit head_commit date head_date upstream licence'.split(' ')
const used = new Set([
  ...[...chosen, ...conflicts.flat()].map(({ source }) => source),
  ...newest.map(({ source_id }) => source_id),
])
const sources = [...used].sort().map((id) => {
  const fact = facts[id]
  if (!fact) throw new Error(`SOURCES.json does not name ${id}`)
  const known = KEPT.filter((key) => fact[key] && fact[key] !== 'not named by the index')
  const about = Object.fromEntries(known.map((key) => [key, fact[key]]))
  // A source without a repository is known by its note alone.
  if (!about.repo) about.note = quotedSources[id] ? fact.note : fact.note.split(';')[0]
  return [id, { origin: PRICE_LIST.has(id) ? 'AWS' : 'read back from the output of another tool', ...about }]
})
writeFileSync(
  join(out, 'sources.json'),
  `${JSON.stringify({ gathered, sources: Object.fromEntries(sources) }, null, 2)}\n`,
)

// Which rate is known where: what is missing here is listed as unpriced by the forecast.
const kinds = Map.groupBy(
  chosen.filter(({ region }) => region !== 'global'),
  ({ rate }) =>
    rate
      .replace(/^(ec2|rds\.postgresql)\..*\.([a-z0-9-]+)$/, '$1.TYPE.$2')
      .replace(/^(rds\.aurora-postgresql)\..*$/, '$1.TYPE'),
)
for (const [kind, rows] of kinds) {
  if (chosen.some(({ region, rate }) => region === 'global' && rate === kind)) continue
  const missing = REGIONS.filter((region) => !rows.some((row) => row.region === region))
  if (missing.length > 0) process.stdout.write(`no ${kind} in ${missing.join(' ')}\n`)
}
