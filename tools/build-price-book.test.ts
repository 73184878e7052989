// How the price book is built: which source wins, what is kept of the others, and that units come out exactly.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const TOOL = fileURLToPath(new URL('./build-price-book.mjs', import.meta.url))

/** The files that the tool reads, with headers alone; a test fills those it is about. */
const EMPTY: Record<string, string> = {
  'README.md': '# Price facts gathered 2026-11-23',
  'SOURCES.json': JSON.stringify(
    Object.fromEntries(
      ['costwatch', 'karpenter', 'gofixture_2026_09', 'infracost_goldens', 'awsdocs'].map((id) => [
        id,
        { repo: `example/${id}`, date: '2026-01-01', stored_file_id: '1' },
      ]),
    ),
  ),
  'cpu_credit_rules.json': JSON.stringify({
    source_id: 'awsdocs',
    surplus_price_usd_per_vcpu_hour: [{ family: 't2,t3,t3a (Linux)', price: 0.05 }],
  }),
  'ec2_on_demand.csv': 'region,instance_type,price,currency,unit,os,tenancy,source_id,source_date',
  'ec2_on_demand_us-east-1_karpenter.csv': 'instance_type,price_usd_hour,source_id,source_date',
  'ec2_reserved.csv':
    'region,instance_type,os,offering_class,term,payment_option,note,annual_usd,effective_usd_hour,source_id,source_date',
  'spot_advisor.csv':
    'snapshot_date,region,instance_type,savings_pct_vs_on_demand,interruption_band,interruption_band_label,source_id',
  'infra_rates.csv': 'region,rate,price_usd,unit,source_id,source_date',
  'rds_on_demand.csv':
    'region,engine,class_as_in_usage_type,single_az_usd_hour,multi_az_usd_hour,source_id,source_date',
  'services_pricelist_quotes.csv': 'region,rate,price_usd,unit,aws_sku,source_id,source_date,note',
  'services_us-east-1_infracost.csv': 'region,rate,price_usd,unit,method,lo,hi,source_id,source_date',
  's3_us-east-1.csv': 'storage_class,component,unit,price_usd,source_id,source_date',
  'data_transfer.csv': 'region,kind,from_gb_month,to_gb_month,price_usd,unit,source_id,source_date',
  'cloudfront.csv': 'price_region,component,unit,rate_usd,lo,hi,source_id,source_date',
  'infracost_golden_unit_rates.csv':
    'test,tf_regions,resource,path,component,unit,rate_usd,method,lo,hi,source_date',
}

/** Builds a book from the facts and returns how to read a file of it. */
function build(facts: Record<string, string[]>): (name: string) => string[] {
  const folder = mkdtempSync(join(tmpdir(), 'price-facts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, header] of Object.entries(EMPTY)) {
    writeFileSync(join(folder, name), `${[header, ...(facts[name] ?? [])].join('\n')}\n`)
  }
  const out = join(folder, 'book')
  mkdirSync(out)
  const { status, stderr } = spawnSync(process.execPath, [TOOL, folder, out], { encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return (name) => readFileSync(join(out, name), 'utf8').trimEnd().split('\n')
}

/** A region exists as soon as a machine is priced there. */
const MACHINE = ['us-east-1,t3.nano,0.0052,USD,instance-hour,Linux,shared,costwatch,2026-10-15']
const service = (rate: string, price: string, lo: string, hi: string, date: string) =>
  `us-east-1,${rate},${price},u,implied,${lo},${hi},infracost_goldens,${date}`

test('the price list wins over a newer rate read back from a tool, and the conflict is kept', () => {
  const book = build({
    'ec2_on_demand.csv': MACHINE,
    'services_pricelist_quotes.csv': [
      'us-east-1,fargate.vcpu.x86,0.04048,vCPU-hour,,gofixture_2026_09,2024-01-01,',
    ],
    'services_us-east-1_infracost.csv': [service('fargate.vcpu.x86', '0.05', '', '', '2026-05-03')],
  })
  expect(book('fargate.csv')[1]).toBe(
    'us-east-1,fargate.x86.vcpu,0.04048,vCPU-hour,0,,gofixture_2026_09,2024-01-01',
  )
  expect(book('conflicts.csv')[1]).toBe(
    'us-east-1,fargate.x86.vcpu,0,0.04048,gofixture_2026_09,2024-01-01,0.05,infracost_goldens,2026-05-03',
  )
})

test('among price lists the newest wins', () => {
  const book = build({
    'ec2_on_demand.csv': MACHINE,
    'ec2_on_demand_us-east-1_karpenter.csv': ['t3.nano,0.006,karpenter,2026-11-01'],
  })
  expect(book('ec2.csv').filter((row) => row.includes('t3.nano'))).toEqual([
    'us-east-1,ec2.t3.nano.on-demand,0.006,hour,0,,karpenter,2026-11-01',
  ])
  expect(book('conflicts.csv')).toHaveLength(2)
})

test('an implied rate agrees with what lies in its interval', () => {
  const book = build({
    'ec2_on_demand.csv': MACHINE,
    'services_pricelist_quotes.csv': [
      'us-east-1,fargate.vcpu.x86,0.04048,vCPU-hour,,gofixture_2026_09,2026-09-05,',
    ],
    'services_us-east-1_infracost.csv': [
      service('fargate.vcpu.x86', '0.04047945', '0.04047808', '0.04048082', '2026-05-03'),
    ],
  })
  expect(book('conflicts.csv')).toHaveLength(1)
})

test('prices per thousand, ten thousand and million become prices of one, exactly', () => {
  const book = build({
    'ec2_on_demand.csv': MACHINE,
    's3_us-east-1.csv': [
      'Standard,"PUT, COPY, POST, LIST requests",1k requests,0.005,infracost_goldens,2025-07-07',
    ],
    'cloudfront.csv': ['Japan,HTTPS requests,10k requests,0.012,,,infracost_goldens,2024-07-01'],
    'infracost_golden_unit_rates.csv': [
      'route53_record,us-east-1,r,,Standard queries (first 1B),1M queries,0.40,displayed,,,2024-07-01',
    ],
  })
  expect(book('s3.csv')[1]).toContain('s3.standard.put,0.000005,request')
  expect(book('cloudfront.csv')[1]).toContain('cloudfront.japan.https-request,0.0000012,request')
  expect(book('route53.csv')).toContainEqual(
    expect.stringContaining('route53.queries.standard,0.0000004,query,0,1000000000'),
  )
})

test('a quote that its collector doubts is left out', () => {
  const book = build({
    'ec2_on_demand.csv': MACHINE,
    'infra_rates.csv': ['us-east-1,load_balancer.application.hour,0.0225,hour,costwatch,2026-10-15'],
    'services_pricelist_quotes.csv': [
      'us-east-1,alb.lcu_hour,0.0084,LCU-hour,,gofixture_2026_09,2026-09-05,"CONFLICT: another says 0.008"',
    ],
  })
  expect(book('elb.csv').slice(1)).toEqual([
    'us-east-1,elb.application.hour,0.0225,hour,0,,costwatch,2026-10-15',
  ])
})

test('sources keep what identifies them, and nothing else', () => {
  const { sources } = JSON.parse(build({ 'ec2_on_demand.csv': MACHINE })('sources.json').join('\n'))
  expect(sources.costwatch).toEqual({ origin: 'AWS', repo: 'example/costwatch', date: '2026-01-01' })
})

test('reservations are effective hourly prices; a payment in parts is not read back from its hourly half', () => {
  const file = build({
    'ec2_on_demand.csv': MACHINE,
    'ec2_reserved.csv': [
      'us-east-1,t3.nano,Linux,standard,1yr,no_upfront,,,0.0033,costwatch,2026-01-01',
      'us-east-1,t3.nano,Linux,convertible,1yr,no_upfront,,,0.0038,costwatch,2026-01-01',
      'us-east-1,t3.nano,Linux,standard,1yr,partial_upfront,recurring part only,,0.0016,costwatch,2026-01-01',
      'us-east-1,t3.nano,Windows,standard,1yr,no_upfront,,,0.0079,costwatch,2026-01-01',
    ],
  })
  expect(file('ec2-commitments.csv').slice(1)).toEqual([
    'us-east-1,ec2.t3.nano.reserved-1y-no-upfront,0.0033,hour,0,,costwatch,2026-01-01',
  ])
})

test('a band of interruption is the newest of each type and region, where the type is sold', () => {
  const of = (date: string, region: string, type: string, band: string) =>
    `${date},${region},${type},63,0,${band},${date < '2026' ? 'costwatch' : 'karpenter'}`
  const file = build({
    'ec2_on_demand.csv': [
      ...MACHINE,
      'eu-west-1,t3.nano,0.0057,USD,instance-hour,Linux,shared,costwatch,2026-10-15',
      'eu-west-1,m5.large,0.107,USD,instance-hour,Linux,shared,costwatch,2026-10-15',
    ],
    'spot_advisor.csv': [
      of('2026-02-01', 'us-east-1', 't3.nano', '5-10%'),
      of('2025-02-01', 'us-east-1', 't3.nano', '>20%'),
      of('2025-02-01', 'eu-west-1', 't3.nano', '>20%'),
      of('2026-02-01', 'eu-west-1', 'm5.large', '<5%'),
      of('2026-02-01', 'us-east-1', 'm5.large', '<5%'),
      of('2026-02-01', 'us-east-1', 'x9.huge', '<5%'),
    ],
  })
  expect(file('spot-interruptions.csv')).toEqual([
    'instance_type,source,source_date,eu-west-1,us-east-1',
    'm5.large,karpenter,2026-02-01,0,',
    't3.nano,costwatch,2025-02-01,20,',
    't3.nano,karpenter,2026-02-01,,5',
  ])
  expect(JSON.parse(file('sources.json').join('\n')).sources).toHaveProperty('karpenter')
})

test('a spot price is the newest saving on the price list, exactly', () => {
  const advice = (date: string, saving: number) => `${date},us-east-1,t3.nano,${saving},0,<5%,karpenter`
  const file = build({
    'ec2_on_demand.csv': MACHINE,
    'spot_advisor.csv': [advice('2026-02-01', 63), advice('2025-02-01', 70)],
  })
  // 0.0052 × (1 − 0.63) = 0.001924.
  expect(file('ec2-spot.csv').slice(1)).toEqual([
    'us-east-1,ec2.t3.nano.spot,0.001924,hour,0,,karpenter,2026-02-01',
  ])
})
