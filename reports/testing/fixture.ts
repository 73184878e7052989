// A synthetic report for tests of the renderers: the shape and size of a real one, every number made up.
import type { CostLine, Forecast } from '../../simulator/costs/forecast-result.ts'
import type { Figure, FigureId, OutageWindow, RunResult, Series } from '../../simulator/run-result.ts'
import type { JudgedVerdict, PreflightReport, ReportEvent } from '../preflight-input.ts'

const STARTS_MS = Date.UTC(2026, 8, 17, 8, 0)
const DAY_S = 8 * 3600
const SERVICE_LEVELS = { ackP99Ms: 250, deliveryP99Ms: 400, pageP50Ms: 420, recoveryS: 120 }

const EVENT: ReportEvent = {
  name: 'hybrid-conference-2000',
  title: 'Hybrid Conference 2000',
  file: 'scenarios/events/hybrid-conference-2000.yaml',
  startsMs: STARTS_MS,
  timezone: 'Europe/London',
  days: 1,
  venues: [
    { name: 'hall', placement: 'on-site', attendees: 1200, platform: 'k3s', instance: null },
    { name: 'remote', placement: 'region', attendees: 800, platform: 'ec2', instance: 't3.medium' },
  ],
  runOfShow: [
    { name: 'Doors', startS: 0, durationS: 3600, engagement: 'low' },
    { name: 'Opening keynote', startS: 3600, durationS: 4500, engagement: 'medium' },
    { name: 'Live poll', startS: 8100, durationS: 900, engagement: 'peak' },
    { name: 'Coffee break', startS: 9000, durationS: 1800, engagement: 'idle' },
    { name: 'Track sessions', startS: 10800, durationS: 5400, engagement: 'medium' },
    { name: 'Lunch', startS: 16200, durationS: 3600, engagement: 'low' },
    { name: 'Panel with questions', startS: 19800, durationS: 4500, engagement: 'high' },
    { name: 'Awards vote', startS: 24300, durationS: 1200, engagement: 'peak' },
    { name: 'Closing', startS: 25500, durationS: 3300, engagement: 'low' },
  ],
  serviceLevels: SERVICE_LEVELS,
}

export interface FixtureOptions {
  decision?: PreflightReport['decision']
  /** Set: no live run, for this reason. */
  leftOut?: string
  title?: string
}

export function fixtureReport(options: FixtureOptions = {}): PreflightReport {
  const day = run('twin', 'day', 3)
  const measured = run('measured', 'rehearsal', 11)
  const twin = run('twin', 'rehearsal', 12)
  const live = options.leftOut === undefined
  const decision = options.decision ?? (live ? 'go' : 'inconclusive')
  return {
    event: { ...EVENT, title: options.title ?? EVENT.title },
    forecast: fixtureForecast(),
    day,
    rehearsal:
      options.leftOut === undefined
        ? { measured, twin, calibratedOn: 'live run of seed 7, 20 s without an outage, same machine' }
        : { leftOut: options.leftOut },
    verdicts: [
      ...(live ? [...verdicts('measured', measured), ...verdicts('twin', twin)] : []),
      ...verdicts('day', day),
    ],
    decision,
    reasons: REASONS[decision],
    reproduce: [
      'git checkout 4f2c9e1',
      'micropop preflight scenarios/events/hybrid-conference-2000.yaml --outage scenarios/outages/uplink-cut.yaml --seed 42',
    ],
    generatedMs: Date.UTC(2026, 8, 14, 15, 4, 5),
    commit: '4f2c9e1d7a60b3c8',
    versions: { node: '24.21.0', k6: '1.8.1', toxiproxy: '2.9.0', pulumi: '3.270.0' },
    assumptions: [
      {
        text: 'Arrivals follow one real day, scaled to 2,000 attendees',
        source: 'scenarios/traces/arrivals.csv',
      },
      { text: 'One attendee votes 2.0 times a minute at peak', source: 'event file, engagement.peak.vote' },
      {
        text: 'Access links are drawn from real Wi-Fi and 4G transfers',
        source: 'scenarios/traces/access.csv',
      },
      {
        text: 'The twin was calibrated on this machine; other hardware is not verified',
        source: 'docs/fidelity.md',
      },
    ],
  }
}

const REASONS: Record<PreflightReport['decision'], string[]> = {
  go: [
    'Every service level is met live, in the twin of the rehearsal and in the twin of the whole day.',
    'No acknowledged message was lost and none was applied twice.',
    'The forecast is within the budget; 2 costs have no rate and are not in it.',
  ],
  'no-go': [
    'Recovery took 141 s live; the service level is 120 s.',
    'The forecast of $187.46 is over the budget of $150.00.',
  ],
  inconclusive: ['The live part was left out, so nothing here has been measured on real processes.'],
}

export function run(source: RunResult['source'], kind: 'day' | 'rehearsal', seed: number): RunResult {
  const whole = kind === 'day'
  const lengthS = whole ? DAY_S : 78
  const outage: OutageWindow = {
    venue: 'hall',
    target: 'uplink',
    ...(whole ? { startS: 5400, endS: 5700 } : { startS: 24, endS: 49 }),
  }
  const skew = source === 'measured' ? 1 : 1.06
  const messages = whole ? 1_284_310 : 6_412
  return {
    source,
    event: EVENT.name,
    outage: 'uplink-cut',
    seed: 42,
    window: whole ? { startS: 0, endS: DAY_S } : { startS: 8040, endS: 8118 },
    attendees: 2000,
    sessions: whole ? 2000 : 160,
    outages: [outage],
    series: series(lengthS, outage, whole, skew, seed),
    figures: figures(whole, skew),
    conservation: {
      published: messages + 7,
      acknowledged: messages,
      atCentral: messages,
      lost: 0,
      appliedTwice: 0,
      refused: 7,
    },
    usage: [],
    tookS: whole ? 14.2 : 81.3,
    reproduce: `micropop ${source === 'twin' ? 'simulate' : 'rehearse'} ${EVENT.file} --seed 42`,
  }
}

function series(lengthS: number, outage: OutageWindow, whole: boolean, skew: number, seed: number): Series {
  const noise = noiseOf(seed)
  const tS = Array.from({ length: lengthS }, (_, i) => i)
  const scale = whole ? 12.5 : 1
  const drainS = whole ? 55 : 14
  const peak = (outage.endS - outage.startS) * 31 * (whole ? 8 : 1)
  const backlog = tS.map((t) => {
    const cut = t >= outage.startS && t < outage.endS
    if (cut) return Math.round(((t - outage.startS + 1) / (outage.endS - outage.startS)) * peak * skew)
    const draining = t >= outage.endS && t < outage.endS + drainS
    if (draining) return Math.round(peak * skew * (1 - (t - outage.endS) / drainS))
    return Math.round(noise() * 9)
  })
  const ackP99Ms = tS.map((t) => {
    if (noise() < (whole ? 0.001 : 0.03)) return null
    const after = t >= outage.endS && t < outage.endS + drainS ? 4.5 * (1 - (t - outage.endS) / drainS) : 0
    return (14 + noise() * 22) * skew * (1 + after) * (noise() > 0.995 ? 3 : 1)
  })
  const sessions = tS.map((t) =>
    whole
      ? Math.round(2000 * Math.min(1, t / 2900) * (t > 27_000 ? 1 - (t - 27_000) / 2600 : 1))
      : Math.min(160, 40 + t * 6),
  )
  return {
    tS,
    ackP50Ms: ackP99Ms.map((ms) => (ms === null ? null : ms / 4)),
    ackP99Ms,
    deliveryP99Ms: ackP99Ms.map((ms) => (ms === null ? null : ms * 1.4)),
    backlog,
    uplinkBytes: tS.map((t) =>
      t >= outage.startS && t < outage.endS ? 0 : Math.round(9000 * scale * (1 + noise())),
    ),
    sessions,
  }
}

const LABELS: Record<FigureId, [string, Figure['unit'], number, number]> = {
  'ack-p50': ['Acknowledged, p50', 'ms', 6.42, 6412],
  'ack-p95': ['Acknowledged, p95', 'ms', 21.8, 6412],
  'ack-p99': ['Acknowledged, p99', 'ms', 84.3, 6412],
  'delivery-p50': ['Delivered, p50', 'ms', 9.1, 402_118],
  'delivery-p95': ['Delivered, p95', 'ms', 33.7, 402_118],
  'delivery-p99': ['Delivered, p99', 'ms', 118, 402_118],
  'page-p50': ['Page loaded, p50', 'ms', 212, 371],
  'page-p95': ['Page loaded, p95', 'ms', 508, 371],
  'sync-p99': ['At central, p99', 'ms', 26_400, 6412],
  recovery: ['Recovery', 's', 24.3, 1],
  'backlog-peak': ['Backlog, peak', 'messages', 775, 1],
  'uplink-bytes': ['Uplink bytes', 'bytes', 1_842_000, 1],
}

function figures(whole: boolean, skew: number): Figure[] {
  return Object.entries(LABELS).map(([id, [label, unit, stated, samples]], i) => {
    const missing = id === 'page-p95' && skew > 1 && !whole
    const value = missing ? null : stated * (1 + (skew - 1) * ((i % 5) - 1.4)) * (whole ? 1.12 : 1)
    const estimated = value !== null && unit === 'ms'
    return {
      id: id as FigureId,
      label,
      unit,
      value,
      interval: estimated ? { low: value * 0.94, high: value * 1.08 } : null,
      samples: whole && samples > 1 ? samples * 180 : samples,
    }
  })
}

function verdicts(judged: JudgedVerdict['run'], result: RunResult): JudgedVerdict[] {
  const levels = [
    ['Acknowledged, p99', 'ack-p99', SERVICE_LEVELS.ackP99Ms],
    ['Delivered, p99', 'delivery-p99', SERVICE_LEVELS.deliveryP99Ms],
    ['Page loaded, p50', 'page-p50', SERVICE_LEVELS.pageP50Ms],
    ['Recovery after the outage', 'recovery', SERVICE_LEVELS.recoveryS],
    ['Acknowledged and lost', 'lost', 0],
    ['Applied twice', 'applied-twice', 0],
  ] as const
  return levels.map(([level, id, limit]) => {
    const figure = result.figures.find((candidate) => candidate.id === id)
    const value = figure ? figure.value : 0
    const outcome = value === null ? 'unknown' : value <= limit ? 'met' : 'missed'
    return {
      run: judged,
      level,
      limit,
      unit: (figure?.unit ?? 'messages') as JudgedVerdict['unit'],
      value,
      outcome,
    }
  })
}

const BOOK = { id: 'aws-price-list', date: '2026-10-15' }

/** Amounts are rate times quantity, worked out by hand in pico-dollars. */
export function fixtureForecast(): Forecast {
  const lines: CostLine[] = [
    line('hall', 'micropop:venue:Box', 'k3s box rent', '2', 'day', '45', 90_000_000_000_000n, 'stated'),
    line(
      'central',
      'aws:rds/instance:Instance',
      'RDS db.t4g.medium multi-AZ',
      '34',
      'hour',
      '0.1460',
      4_964_000_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:lb/loadBalancer:LoadBalancer',
      'Application load balancer',
      '34',
      'hour',
      '0.02646',
      899_640_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:ec2/natGateway:NatGateway',
      'NAT gateway hours',
      '34',
      'hour',
      '0.050',
      1_700_000_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:ecs/service:Service',
      'Fargate vCPU',
      '68',
      'vCPU-hour',
      '0.04656',
      3_166_080_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:ecs/service:Service',
      'Fargate memory',
      '136',
      'GB-hour',
      '0.00511',
      694_960_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:cloudfront/distribution:Distribution',
      'CloudFront data to viewers, Europe',
      '912.4437',
      'GB',
      '0.085',
      77_557_714_500_000n,
      'surrogate',
    ),
    line(
      'central',
      'aws:cloudfront/distribution:Distribution',
      'CloudFront HTTPS requests',
      '384',
      '10,000 requests',
      '0.0120',
      4_608_000_000_000n,
      'surrogate',
    ),
    line(
      'remote',
      'aws:ec2/instance:Instance',
      't3.medium on-demand',
      '34',
      'hour',
      '0.0472',
      1_604_800_000_000n,
      'stated',
    ),
    line(
      'remote',
      'aws:ec2/instance:Instance',
      'CPU credits above baseline, unlimited mode',
      '3.25',
      'vCPU-hour',
      '0.05',
      162_500_000_000n,
      'surrogate',
    ),
    line(
      'remote',
      'aws:ebs/volume:Volume',
      'EBS gp3 storage',
      '1.3972602739726',
      'GB-month',
      '0.0928',
      129_665_753_424n,
      'stated',
    ),
    line(
      'remote',
      'aws:ec2/instance:Instance',
      'Internet egress, first 10 TB',
      '18.0331',
      'GB',
      '0.09',
      1_622_979_000_000n,
      'surrogate',
    ),
    line(
      'remote',
      'aws:ec2/eip:Eip',
      'Public IPv4 address',
      '34',
      'hour',
      '0.005',
      170_000_000_000n,
      'stated',
    ),
    line(
      'central',
      'aws:s3/bucket:Bucket',
      'S3 standard storage',
      '0.0931',
      'GB-month',
      '0.024',
      2_234_400_000n,
      'stated',
    ),
    line(
      'central',
      'aws:route53/record:Record',
      'DNS queries',
      '0.041',
      'million queries',
      '0.40',
      16_400_000_000n,
      'surrogate',
    ),
  ]
  const total = lines.reduce((sum, { amount }) => sum + amount, 0n)
  return {
    event: EVENT.name,
    title: EVENT.title,
    region: 'eu-west-2',
    window: { startMs: STARTS_MS - 24 * 3_600_000, endMs: STARTS_MS + 10 * 3_600_000 },
    priceBook: { date: '2026-10-15', sources: ['aws-price-list 2026-10-15', 'service quotes 2026-09-30'] },
    lines,
    unpriced: [
      {
        venue: 'central',
        urn: 'urn:pulumi:event::micropop::aws:lb/loadBalancer:LoadBalancer::ingest',
        type: 'aws:lb/loadBalancer:LoadBalancer',
        description: 'Load balancer capacity units',
        quantity: '4.1',
        unit: 'LCU-hour',
        why: 'the price book has no rate for eu-west-2',
      },
      {
        venue: 'hall',
        urn: 'urn:pulumi:event::micropop::micropop:index:VenuePop::hall',
        type: 'micropop:index:VenuePop',
        description: 'Uplink of the hall',
        quantity: null,
        unit: 'GB',
        why: 'the venue’s contract is not in the event file',
      },
    ],
    free: [
      { type: 'aws:ec2/vpc:Vpc', count: 1, why: 'a VPC itself has no charge' },
      { type: 'aws:ec2/securityGroup:SecurityGroup', count: 4, why: 'security groups have no charge' },
      { type: 'aws:iam/role:Role', count: 3, why: 'IAM has no charge' },
    ],
    total,
    budget: { limit: 400_000_000_000_000n, outcome: 'within' },
    attendees: 2000,
  }
}

function line(
  venue: string,
  type: string,
  description: string,
  quantity: string,
  unit: string,
  rate: string,
  amount: bigint,
  quantitySource: CostLine['quantitySource'],
): CostLine {
  const urn = `urn:pulumi:event::micropop::${type}::${venue}`
  return { venue, urn, type, description, quantity, unit, rate, rateSource: BOOK, quantitySource, amount }
}

/** Repeatable noise in [0, 1): a 32-bit linear congruential generator. */
function noiseOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
