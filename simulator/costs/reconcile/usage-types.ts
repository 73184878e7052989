// AWS's usage types as rates of the price book: `EU-BoxUsage:t3.large` is `ec2.t3.large.on-demand`.

/** What a bill says of a row's kind of usage. */
export interface BilledUsage {
  usageType: string
  operation: string
  service: string
}

/** `EU-`, `EUW2-`, `USE1-`: where the usage was, which the row says elsewhere too. */
const PLACE =
  /^(?:EU|EU[CNSW]\d|US[EW]\d|UG[EW]\d|AP[ENS]\d|CA[NW]\d|SA[EN]\d|ME[CS]\d|AF[S]\d|IL[C]\d|MX[C]\d)-/
/** Of CloudFront, which bills by part of the world. */
const EDGES: Record<string, string> = {
  EU: 'europe',
  US: 'north-america',
  AP: 'asia-pacific',
  JP: 'japan',
  AU: 'australia',
  IN: 'india',
  SA: 'south-america',
}

type Rule = [usage: RegExp, rate: (found: string[], of: BilledUsage) => string]
const balancer = ({ operation }: BilledUsage) => (operation.includes('Network') ? 'network' : 'application')
const isLogs = ({ service }: BilledUsage) => /cloudwatch/i.test(service)

const RULES: Rule[] = [
  [/^BoxUsage:(.+)$/, ([, type]) => `ec2.${type}.on-demand`],
  [/^SpotUsage:(.+)$/, ([, type]) => `ec2.${type}.spot`],
  [/^CPUCredits:(t\w+)$/, ([, family]) => `ec2.surplus-credits.${family}`],
  [/^EBS:VolumeUsage\.(gp3|gp2|io1|io2|st1|sc1)$/, ([, kind]) => `ebs.${kind}.storage`],
  [/^EBS:VolumeP-IOPS\.(\w+)$/, ([, kind]) => `ebs.${kind}.iops`],
  [/^EBS:VolumeP-Throughput\.(\w+)$/, ([, kind]) => `ebs.${kind}.throughput`],
  [/^PublicIPv4:InUseAddress$/, () => 'vpc.public-ipv4.in-use'],
  [/^PublicIPv4:IdleAddress$/, () => 'vpc.public-ipv4.idle'],
  [/^LoadBalancerUsage$/, (_, of) => `elb.${balancer(of)}.hour`],
  [/^LCUUsage$/, (_, of) => `elb.${balancer(of)}.lcu`],
  [/^DataTransfer-Out-Bytes$/, () => 'transfer.internet-out'],
  [/^DataTransfer-Regional-Bytes$/, () => 'transfer.intra-region'],
  [/^[A-Z]{2,4}\d?-AWS-Out-Bytes$/, () => 'transfer.inter-region-out'],
  [/^Fargate-vCPU-Hours:perCPU$/, () => 'fargate.x86.vcpu'],
  [/^Fargate-GB-Hours$/, () => 'fargate.x86.memory'],
  [/^Fargate-ARM-vCPU-Hours:perCPU$/, () => 'fargate.arm.vcpu'],
  [/^Fargate-ARM-GB-Hours$/, () => 'fargate.arm.memory'],
  [/^InstanceUsage:(db\..+)$/, ([, type]) => `rds.postgresql.${type}.single-az`],
  [/^Multi-AZUsage:(db\..+)$/, ([, type]) => `rds.postgresql.${type}.multi-az`],
  [/^RDS:GP3-Storage$/, () => 'rds.gp3.storage.single-az'],
  [/^RDS:Multi-AZ-GP3-Storage$/, () => 'rds.gp3.storage.multi-az'],
  [/^RDS:ChargedBackupUsage$/, () => 'rds.backup'],
  [/^(?:RDS:)?CPUCredits:db\..+$/, () => 'rds.surplus-credits'],
  [/^TimedStorage-ByteHrs$/, (_, of) => (isLogs(of) ? 'logs.storage' : 's3.standard.storage')],
  [/^Requests-Tier1$/, () => 's3.standard.put'],
  [/^Requests-Tier2$/, () => 's3.standard.get'],
  [/^DataProcessing-Bytes$/, () => 'logs.ingest'],
  [/^CW:AlarmMonitorUsage$/, () => 'cloudwatch.alarm'],
  [/^CW:MetricMonitorUsage$/, () => 'cloudwatch.metric'],
  [/^KMS-Keys$/, () => 'kms.key'],
  [/^KMS-Requests$/, () => 'kms.request'],
  [/^AWSSecretsManager-Secrets$/, () => 'secretsmanager.secret'],
  [/^AWSSecretsManagerAPIRequest$/, () => 'secretsmanager.request'],
  [/^DNS-Queries$/, () => 'route53.queries.standard'],
  [/^HostedZone$/, () => 'route53.zone'],
]

/** The rate's id, without a tier's ending; null where no rule knows the usage. Our own data sets name the rate itself. */
export function rateOf(usage: BilledUsage): string | null {
  const { usageType, service } = usage
  if (/^micropop:/.test(usageType)) return usageType.slice('micropop:'.length)
  if (/cloudfront/i.test(service)) {
    const [, edge = '', what] =
      /^([A-Z]{2})-(DataTransfer-Out-Bytes|Requests-Tier2-HTTPS)$/.exec(usageType) ?? []
    const place = EDGES[edge]
    if (!place) return null
    return `cloudfront.${place}.${what === 'DataTransfer-Out-Bytes' ? 'egress' : 'https-request'}`
  }
  const bare = usageType.replace(PLACE, '')
  for (const [pattern, rate] of RULES) {
    const found = pattern.exec(bare)
    if (found) return rate(found, usage)
  }
  return null
}

/** Bills put a rate's free tier and its paid one into one kind of usage. */
export function withoutTier(rateId: string): string {
  return rateId.replace(/\.free$/, '')
}

/** AWS's own words for units; FOCUS's plurals follow a rule. */
const UNITS: Record<string, string> = {
  hrs: 'hour',
  gb: 'GB',
  'api requests': 'request',
  'gb-mo': 'GB-month',
  'iops-mo': 'IOPS-month',
  'lcu-hrs': 'LCU-hour',
  queries: 'query',
  secrets: 'secret-month',
  keys: 'key-month',
}

/** A bill's unit as the price book writes it; itself where it is not known. GB of AWS's bills are GiB. */
export function unitOf(billed: string): string {
  const known = UNITS[billed.toLowerCase()]
  if (known !== undefined) return known
  return billed.replace(/^GiB/, 'GB').replace(/[A-Z]?[a-z]+s$/, (word) => word.slice(0, -1).toLowerCase())
}
