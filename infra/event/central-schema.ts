// The format of the central services in the event file: database, ingest, network, names, who is told.
import * as z from 'zod'
import { loadCatalog } from '../catalog/catalog.ts'
import { rangeProblem, readRange } from '../central-services/network-range.ts'
import { ARCHIVE_TIERS } from './archive.ts'
import { DEFAULT_CENTRAL } from './defaults.ts'
import { ENCRYPTIONS } from './event.ts'
import { amount, count, expected, flag, listOf, oneOf, section } from './fields.ts'
import { duration, size } from './quantity-fields.ts'
import { quote } from './quote.ts'

const catalog = loadCatalog()
const DAY_S = 86_400

const zone = z
  .string({ error: expected('a DNS zone', 'events.example.org') })
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9]([a-z0-9-]{0,57}[a-z0-9])?)$/, {
    error: ({ input }) =>
      `${quote(String(input))} is not a DNS zone; write a name such as events.example.org`,
  })

const cidr = z
  .string({ error: expected('a range of IPv4 addresses', '10.64.0.0/16') })
  .meta({ examples: ['10.64.0.0/16'] })
  .refine((value) => rangeProblem(value) === undefined, {
    error: ({ input }) => `${quote(String(input))} ${rangeProblem(String(input))}`,
  })

/** Days that CloudWatch Logs offers (API reference, PutRetentionPolicy; from knowledge of it on 2026-11-29, not looked up), up to ten years. */
export const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922, 3_288,
  3_653,
] as const

const logDays = z
  .int({ error: expected('a number of days', '30') })
  .refine((days) => (LOG_DAYS as readonly number[]).includes(days), {
    error: ({ input }) => {
      const next = LOG_DAYS.find((days) => days > Number(input)) ?? LOG_DAYS.at(-1)
      return `CloudWatch keeps logs for fixed numbers of days, and ${input} is none of them; write ${next}`
    },
  })
  .meta({ enum: [...LOG_DAYS] })

const wholeDays = (example: string, max: string) =>
  duration(example, { min: '1d', max }).transform((seconds, context) => {
    const days = seconds / DAY_S
    if (Number.isInteger(days)) return days
    context.issues.push({
      code: 'custom',
      message: `S3 counts whole days; write one such as ${example}`,
      input: seconds,
    })
    return z.NEVER
  })

const archive = section('central.archive', {
  after: wholeDays('30d', '3650d').describe('Age at which an object goes to the colder tier.'),
  tier: oneOf('a tier', ARCHIVE_TIERS)
    .prefault('hours')
    .describe('How long it takes to have an object back: the colder, the cheaper.'),
  delete: wholeDays('730d', '36500d').optional().describe('Age at which it is deleted. Without it, never.'),
})

/** Addresses that a hall comes from are few: a range that many others share admits them too. */
const SITE_PREFIX_MIN = 24
const SITE_RANGES_MAX = 32

const siteAddress = z
  .string({ error: expected('a public address', '203.0.113.7/32') })
  .meta({ examples: ['203.0.113.7/32'] })
  .refine((value) => (readRange(value)?.prefix ?? 0) >= SITE_PREFIX_MIN, {
    error: ({ input }) =>
      `${quote(String(input))} is no range of at most 256 IPv4 addresses; write one such as 203.0.113.7/32`,
  })

const broker = section('central.broker', {
  instanceType: oneOf('an instance type of the catalogue', [...catalog.instanceTypes.keys()], 't4g.small')
    .prefault(DEFAULT_CENTRAL.broker.instanceType)
    .describe('Of the machine that the hub is on.'),
  siteAddresses: listOf(siteAddress, 'public addresses', 1, SITE_RANGES_MAX)
    .optional()
    .transform((addresses) => addresses ?? [])
    .describe('What the halls’ uplinks are seen to come from: nobody else reaches the hub.'),
})

const mail = z
  .string({ error: expected('an e-mail address', 'ops@example.org') })
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, {
    error: ({ input }) =>
      `${quote(String(input))} is not an e-mail address; write one such as ops@example.org`,
  })
  .meta({ examples: ['ops@example.org'] })

const purchase = z.literal('on-demand', {
  error: ({ input }) =>
    input === 'spot'
      ? 'a database is not bought as spot: it would be taken away in mid-show with what it holds; write `policy: on-demand`'
      : `${quote(String(input))} is no way to buy a database; write \`policy: on-demand\``,
})

export const databaseEngines = ['postgres', 'aurora'] as const

const databaseStorage = size('20 GiB', '64 TB', {
  size: '20 GiB',
  why: 'RDS gives PostgreSQL on gp3',
})

/** Bytes of a database that states none. */
export const defaultStorageBytes = databaseStorage.parse(DEFAULT_CENTRAL.database.storage)

export const centralSchema = section('central', {
  database: section('central.database', {
    engine: oneOf('a database engine', databaseEngines)
      .prefault(DEFAULT_CENTRAL.database.engine)
      .describe('postgres: RDS. aurora: Aurora PostgreSQL, whose standby takes over in seconds.'),
    class: oneOf(
      'a database class of the catalogue',
      [...catalog.databaseClasses.keys()],
      'db.t4g.medium',
    ).prefault(DEFAULT_CENTRAL.database.class),
    storage: databaseStorage
      .optional()
      .describe(`Without it ${DEFAULT_CENTRAL.database.storage}. Aurora’s grows by itself.`),
    multiAz: flag()
      .optional()
      .describe('Whether a standby runs in a second zone. Without it, where the event is critical.'),
    policy: purchase.prefault(DEFAULT_CENTRAL.database.policy),
  }).prefault({}),
  ingest: section('central.ingest', {
    vcpu: amount('vCPUs', 0.5, 0.25, 16).prefault(DEFAULT_CENTRAL.ingest.vcpu),
    memory: size('1 GiB', '120 GiB').prefault(DEFAULT_CENTRAL.ingest.memory),
    tasks: count('tasks', 2, 1, 1_000).prefault(DEFAULT_CENTRAL.ingest.tasks),
    maxTasks: count('tasks', 6, 1, 1_000)
      .optional()
      .describe('Most tasks, where their number follows the load. Without it, it stays.'),
  }).prefault({}),
  cdn: flag()
    .prefault(DEFAULT_CENTRAL.cdn)
    .describe('Whether the static site and the images stand behind a CDN.'),
  copyRegion: oneOf('a region of the catalogue', [...catalog.regions()], 'eu-central-1')
    .optional()
    .describe('Region of a second bucket that the CDN asks when the first does not answer.'),
  archive: archive
    .optional()
    .describe('Where what is in the bucket goes with time. Without it everything stays.'),
  alerts: mail
    .optional()
    .describe('Who is told by e-mail when the budget is nearly spent or central is in trouble.'),
  broker: broker
    .optional()
    .describe(
      'Joins the PoPs of the event, by NATS: what is said at one is seen at all. Write {} for its defaults.',
    ),
  encryption: oneOf('a choice of keys', ENCRYPTIONS)
    .prefault(DEFAULT_CENTRAL.encryption)
    .describe(
      'event-key: data is encrypted with a KMS key of the event’s own. aws-keys: with those that each service of AWS has.',
    ),
  logDays: logDays.prefault(DEFAULT_CENTRAL.logDays).describe('Days that logs are kept.'),
  network: section('central.network', {
    cidr: cidr
      .prefault(DEFAULT_CENTRAL.network.cidr)
      .describe('Addresses of the event’s own network, /16 to /26; not used in an existing one.'),
  }).prefault({}),
  zone: zone.prefault(DEFAULT_CENTRAL.zone).describe('Public DNS zone that the event’s names live in.'),
})

export type CentralFile = z.output<typeof centralSchema>
