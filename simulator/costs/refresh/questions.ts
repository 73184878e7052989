// What the price list is asked for: filters of the API, and which of its products is which rate of the price book.
import { usageTypeOf } from './products.ts'
import { byUsage, CREDITS, GB, GB_MONTH, HOUR, type Question, REQUEST, type UsageRows } from './question.ts'
import { storageQuestions } from './storage-questions.ts'

const EC2 = 'AmazonEC2'
const RDS = 'AmazonRDS'

/** `types`: instance types whose prices are wanted; AWS has ten times as many as the product rents. */
export function regionalQuestions(region: string, types: ReadonlySet<string>): Question[] {
  const here = { regionCode: region }
  const ec2 = (title: string, productFamily: string, rows: UsageRows): Question => ({
    title,
    serviceCode: EC2,
    filters: { ...here, productFamily },
    ...byUsage(rows),
  })
  const service = (title: string, serviceCode: string, rows: UsageRows): Question => ({
    title,
    serviceCode,
    filters: here,
    ...byUsage(rows),
  })
  return [
    instances(here, types),
    ec2('EBS volumes', 'Storage', {
      'EBS:VolumeUsage.gp3': ['ebs.gp3.storage', 'GB-month', GB_MONTH],
    }),
    ec2('EBS operations', 'System Operation', {
      'EBS:VolumeP-IOPS.gp3': ['ebs.gp3.iops', 'IOPS-month', ['IOPS-Mo']],
    }),
    // Quoted by GiB/s, of which one is 1,024 MiB/s.
    ec2('EBS throughput', 'Provisioned Throughput', {
      'EBS:VolumeP-Throughput.gp3': ['ebs.gp3.throughput', 'MiBps-month', ['GiBps-mo'], 1024n],
    }),
    ec2('EBS snapshots', 'Storage Snapshot', {
      'EBS:SnapshotUsage': ['ebs.snapshot', 'GB-month', GB_MONTH],
    }),
    ec2('CPU credits', 'CPU Credits', {
      'CPUCredits:t2': ['ec2.surplus-credits.t2', 'vCPU-hour', CREDITS],
      'CPUCredits:t3': ['ec2.surplus-credits.t3', 'vCPU-hour', CREDITS],
      'CPUCredits:t3a': ['ec2.surplus-credits.t3a', 'vCPU-hour', CREDITS],
      'CPUCredits:t4g': ['ec2.surplus-credits.t4g', 'vCPU-hour', CREDITS],
    }),
    ec2('NAT gateways', 'NAT Gateway', {
      'NatGateway-Hours': ['vpc.nat-gateway.hour', 'hour', HOUR],
      'NatGateway-Bytes': ['vpc.nat-gateway.data', 'GB', GB],
    }),
    service('public addresses', 'AmazonVPC', {
      'PublicIPv4:InUseAddress': ['vpc.public-ipv4.in-use', 'hour', HOUR],
      'PublicIPv4:IdleAddress': ['vpc.public-ipv4.idle', 'hour', HOUR],
    }),
    loadBalancers(here),
    ...databases(here),
    service('Fargate', 'AmazonECS', {
      'Fargate-vCPU-Hours:perCPU': ['fargate.x86.vcpu', 'vCPU-hour', HOUR],
      'Fargate-GB-Hours': ['fargate.x86.memory', 'GB-hour', HOUR],
      'Fargate-ARM-vCPU-Hours:perCPU': ['fargate.arm.vcpu', 'vCPU-hour', HOUR],
      'Fargate-ARM-GB-Hours': ['fargate.arm.memory', 'GB-hour', HOUR],
    }),
    service('CloudWatch', 'AmazonCloudWatch', {
      'CW:AlarmMonitorUsage': ['cloudwatch.alarm', 'alarm-month', ['Alarms']],
      'CW:MetricMonitorUsage': ['cloudwatch.metric', 'metric-month', ['Metrics']],
      'DataProcessing-Bytes': ['logs.ingest', 'GB', GB],
      'TimedStorage-ByteHrs': ['logs.storage', 'GB-month', GB_MONTH],
    }),
    ...storageQuestions(here),
    service('secrets', 'AWSSecretsManager', {
      'AWSSecretsManager-Secrets': ['secretsmanager.secret', 'secret-month', ['Secrets']],
      'AWSSecretsManager-Secret': ['secretsmanager.secret', 'secret-month', ['Secrets']],
      AWSSecretsManagerAPIRequest: ['secretsmanager.request', 'request', REQUEST],
      'AWSSecretsManager-APIRequests': ['secretsmanager.request', 'request', REQUEST],
    }),
    service('keys', 'awskms', { 'KMS-Keys': ['kms.key', 'key-month', ['Keys', 'keys']] }),
    {
      title: 'egress',
      serviceCode: 'AWSDataTransfer',
      filters: { fromRegionCode: region, transferType: 'AWS Outbound' },
      ...byUsage({ 'DataTransfer-Out-Bytes': ['transfer.internet-out', 'GB', GB] }),
    },
    {
      title: 'transfer between zones',
      serviceCode: 'AWSDataTransfer',
      filters: { fromRegionCode: region, transferType: 'IntraRegion' },
      ...byUsage({ 'DataTransfer-Regional-Bytes': ['transfer.intra-region', 'GB', GB] }),
    },
  ]
}

function instances(here: Record<string, string>, types: ReadonlySet<string>): Question {
  return {
    title: 'machines and their reservations',
    serviceCode: EC2,
    filters: {
      ...here,
      productFamily: 'Compute Instance',
      operatingSystem: 'Linux',
      tenancy: 'Shared',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
    },
    match(product) {
      const type = product.product.attributes.instanceType ?? ''
      // Other usage types of the same filters are hosts, reservations of capacity and the like.
      if (!types.has(type) || usageTypeOf(product) !== `BoxUsage:${type}`) return null
      return { rate: `ec2.${type}.on-demand`, unit: 'hour', awsUnits: HOUR, reserved: true }
    },
    covers: /^ec2\..+\.(on-demand|reserved-[13]y-(no|partial|all)-upfront)$/,
  }
}

function loadBalancers(here: Record<string, string>): Question {
  const KINDS: Record<string, string> = {
    'LoadBalancing:Application': 'application',
    'LoadBalancing:Network': 'network',
  }
  return {
    title: 'load balancers',
    serviceCode: 'AWSELB',
    filters: here,
    match(product) {
      const kind = KINDS[product.product.attributes.operation ?? '']
      if (kind === undefined) return null
      if (usageTypeOf(product) === 'LoadBalancerUsage')
        return { rate: `elb.${kind}.hour`, unit: 'hour', awsUnits: HOUR }
      if (usageTypeOf(product) !== 'LCUUsage') return null
      return { rate: `elb.${kind}.lcu`, unit: 'LCU-hour', awsUnits: ['LCU-Hrs', 'LCU-Hours'] }
    },
    covers: /^elb\.(application|network)\.(hour|lcu)$/,
  }
}

function databases(here: Record<string, string>): Question[] {
  const ZONES: Record<string, string> = { 'Single-AZ': 'single-az', 'Multi-AZ': 'multi-az' }
  const engine = { ...here, databaseEngine: 'PostgreSQL' }
  return [
    {
      title: 'databases',
      serviceCode: RDS,
      filters: { ...engine, productFamily: 'Database Instance' },
      match({ product: { attributes } }) {
        const zones = ZONES[attributes.deploymentOption ?? '']
        if (zones === undefined || !/^db\.[a-z0-9.-]+$/.test(attributes.instanceType ?? '')) return null
        const rate = `rds.postgresql.${attributes.instanceType}.${zones}`
        return { rate, unit: 'hour', awsUnits: HOUR, reserved: true }
      },
      covers: /^rds\.postgresql\./,
    },
    {
      title: 'databases on Aurora',
      serviceCode: RDS,
      filters: { ...here, databaseEngine: 'Aurora PostgreSQL', productFamily: 'Database Instance' },
      match(product) {
        // Another usage type is the price with input and output included, which the program does not buy.
        const found = /^InstanceUsage:(db\.[a-z0-9.-]+)$/.exec(usageTypeOf(product))
        const type = product.product.attributes.instanceType
        if (!found || type === undefined || !/^db\.[a-z0-9.-]+$/.test(type)) return null
        return { rate: `rds.aurora-postgresql.${type}`, unit: 'hour', awsUnits: HOUR, reserved: true }
      },
      covers: /^rds\.aurora-postgresql\./,
    },
    {
      title: 'storage of databases',
      serviceCode: RDS,
      filters: { ...engine, productFamily: 'Database Storage' },
      ...byUsage({
        'RDS:GP3-Storage': ['rds.gp3.storage.single-az', 'GB-month', GB_MONTH],
        'RDS:Multi-AZ-GP3-Storage': ['rds.gp3.storage.multi-az', 'GB-month', GB_MONTH],
      }),
    },
  ]
}

/** Parts of the world that CloudFront prices by, as its usage types begin. */
const EDGES: Record<string, string> = {
  US: 'north-america',
  EU: 'europe',
  SA: 'south-america',
  JP: 'japan',
  AU: 'australia',
  AP: 'asia-pacific',
  IN: 'india',
}

/** What has one price in all regions. */
export function globalQuestions(): Question[] {
  return [
    {
      title: 'CloudFront',
      serviceCode: 'AmazonCloudFront',
      filters: {},
      match({ product: { attributes } }) {
        const found = /^([A-Z]{2})-(DataTransfer-Out-Bytes|Requests-Tier2-HTTPS)$/.exec(
          attributes.usagetype ?? '',
        )
        const edge = EDGES[found?.[1] ?? '']
        if (edge === undefined) return null
        return found?.[2] === 'DataTransfer-Out-Bytes'
          ? { rate: `cloudfront.${edge}.egress`, unit: 'GB', awsUnits: GB }
          : { rate: `cloudfront.${edge}.https-request`, unit: 'request', awsUnits: REQUEST }
      },
      covers: /^cloudfront\./,
    },
    {
      title: 'Route 53 queries',
      serviceCode: 'AmazonRoute53',
      filters: { productFamily: 'DNS Query' },
      ...byUsage({ 'DNS-Queries': ['route53.queries.standard', 'query', ['Queries']] }),
    },
  ]
}
