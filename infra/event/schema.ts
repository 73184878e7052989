// The format of the event file: keys, units and bounds. What depends on two keys at once is in checks.ts.
import * as z from 'zod'
import { loadCatalog } from '../catalog/catalog.ts'
import { SHARED_VENUE } from '../tags.ts'
import { centralSchema } from './central-schema.ts'
import { channelsSchema, standingSchema } from './channel-schema.ts'
import {
  DEFAULT_DNS,
  DEFAULT_ENGAGEMENT,
  DEFAULT_PAGE,
  DEFAULT_SERVICE_LEVELS,
  DEFAULT_WINDOW,
} from './defaults.ts'
import { ENGAGEMENTS } from './event.ts'
import {
  count,
  expected,
  flag,
  listOf,
  NAME_PATTERN,
  name,
  notAName,
  oneOf,
  section,
  text,
} from './fields.ts'
import { financeSchema, sponsorsSchema } from './finance-schema.ts'
import { duration, localTime, milliseconds, money, rate } from './quantity-fields.ts'
import { quote } from './quote.ts'
import { closest } from './suggest.ts'
import { uncertaintySchema } from './uncertainty-schema.ts'
import { venueSchema } from './venue-schema.ts'
import { isTimezone } from './zoned-time.ts'

const catalog = loadCatalog()

const MAX_VENUES = 50
const MAX_DAYS = 60
const MAX_SEGMENTS = 100

const timezone = z
  .string({ error: expected('a time zone', 'Europe/Dublin') })
  .meta({ examples: ['Europe/Dublin'] })
  .refine(isTimezone, {
    error: ({ input }) => {
      const near = closest(String(input), Intl.supportedValuesOf('timeZone'))
      const instead = near ? `, did you mean "${near}"?` : '; write a name such as Europe/Dublin'
      return `${quote(String(input))} is not a time zone${instead}`
    },
  })

const file = (what: string, example: string) =>
  text(`the path of ${what}, relative to this file`, example, 1_000)

const version = z.literal(1, {
  error: ({ input }) =>
    input === undefined
      ? 'missing key "micropop"; write the version of the format first: `micropop: 1`'
      : `this micropop reads version 1 of the format; write \`micropop: 1\``,
})

const engagementRates = section('an engagement level', {
  chat: rate('3/min', '60/min').optional().describe('Chat messages of one attendee.'),
  vote: rate('2/min', '60/min').optional().describe('Votes and answers of one attendee.'),
  page: rate('0.5/min', '60/min').optional().describe('Pages with images that one attendee opens.'),
})

const segment = section('a segment of the run of show', {
  name: name('the name of the segment', 'keynote').describe(
    'Unique in the run of show; outage files name it.',
  ),
  duration: duration('45m', { min: '1s', max: '24h', wholeSeconds: true }),
  engagement: oneOf('an engagement level', ENGAGEMENTS).describe('How much attendees do in this segment.'),
})

const level = (fallback: string) => milliseconds(fallback, '1h').prefault(fallback)

const authSchema = section('auth', {
  issuer: text(
    'who issues the tokens, as their claim `iss` says',
    'https://tickets.example.org',
    256,
  ).describe('Claim `iss` of every token.'),
  audience: text('whom the tokens are for, as their claim `aud` says', 'my-event', 256)
    .optional()
    .describe('Claim `aud` of every token; without it, the name of the event.'),
  jwks: file('the public keys that tokens are verified with', 'event-keys.jwks.json').describe(
    'JSON Web Key Set; `micropop token new-key` writes one.',
  ),
})

export const eventFileSchema = section('the event file', {
  micropop: version.describe('Version of this format.'),
  event: section('event', {
    name: name('the name of the event', 'my-event').describe('Becomes part of resource names and tags.'),
    title: text('a title', 'My event'),
    region: oneOf('a region of the catalogue', [...catalog.regions()], 'eu-west-1').describe(
      'AWS region of the central services.',
    ),
    timezone: timezone.describe('IANA time zone of the venue’s clocks.'),
    critical: flag()
      .prefault(false)
      .describe('Whether the guardrails refuse a deployment with a single point of failure.'),
  }),
  show: section('show', {
    starts: localTime.describe('Start of the first day, by the clocks of the time zone.'),
    ends: localTime.optional().describe('End of the last day; checked against the run of show.'),
    days: count('days', 1, 1, MAX_DAYS).prefault(1),
    runOfShow: listOf(segment, 'segments', 1, MAX_SEGMENTS).describe('The segments of one day, in order.'),
  }),
  window: section('window', {
    setup: duration('4h', { min: '0s', max: '30d', wholeSeconds: true }).prefault(DEFAULT_WINDOW.setup),
    teardown: duration('2h', { min: '0s', max: '30d', wholeSeconds: true }).prefault(DEFAULT_WINDOW.teardown),
  })
    .prefault({})
    .describe('How long machines run before the first day and after the last.'),
  budget: money('900 USD', '1000000000 USD').optional(),
  engagement: section(
    'engagement',
    Object.fromEntries(
      ENGAGEMENTS.map((l) => [l, engagementRates.optional().describe(assumption(l))]),
    ) as Record<(typeof ENGAGEMENTS)[number], z.ZodOptional<typeof engagementRates>>,
  )
    .optional()
    .describe('Rates of one attendee, where they are not the stated assumptions.'),
  arrivals: section('arrivals', {
    trace: file('a trace of requests per minute', '../traces/worldcup98-1998-07-07.csv'),
    from: z
      .string({ error: expected('the first minute to use of the trace', '1998-07-07T20:45:00Z') })
      .meta({ examples: ['1998-07-07T20:45:00Z'] })
      .optional()
      .describe('First minute to use; without it, the trace’s first.'),
  })
    .optional()
    .describe('The shape of arrivals over a day. Without it they are uniform over the first segment.'),
  access: section('access', { trace: file('a trace of real transfers', '../traces/lumos-wifi-4g.csv') })
    .optional()
    .describe('Where speeds of access links come from. Without it, the trace that is shipped.'),
  venues: z
    .record(
      z
        .string()
        .regex(NAME_PATTERN, { error: ({ input }) => notAName(String(input), 'hall') })
        .refine((venue) => venue !== SHARED_VENUE, {
          error: `"${SHARED_VENUE}" is the name of what all venues share; give the venue another name, such as hall`,
        }),
      venueSchema,
      {
        error: ({ input }) =>
          input === undefined
            ? 'missing key "venues"; write a section with a key for each venue'
            : 'expected a section with a key for each venue, such as `hall:`',
      },
    )
    .refine((venues) => Object.keys(venues).length > 0, {
      error: 'there is no venue; write at least one, such as `hall:`',
    })
    .refine((venues) => Object.keys(venues).length <= MAX_VENUES, {
      error: `there are more than ${MAX_VENUES} venues, the most that are read`,
    })
    .describe('Each venue by its name. A venue has one PoP; attendees at home are a venue too.'),
  central: centralSchema.prefault({}).describe('Central services in the region.'),
  dns: section('dns', {
    ttl: duration('60s', { min: '1s', max: '24h', wholeSeconds: true })
      .prefault(DEFAULT_DNS.ttl)
      .describe('How long resolvers keep a PoP’s address: a swap in mid-show takes that long.'),
  })
    .prefault({})
    .describe('Public names of PoPs.'),
  serviceLevels: section('serviceLevels', {
    ackP99: level(DEFAULT_SERVICE_LEVELS.ackP99).describe(
      '99th percentile, intended send to acknowledgement.',
    ),
    deliveryP99: level(DEFAULT_SERVICE_LEVELS.deliveryP99).describe(
      '99th percentile, intended send to display.',
    ),
    pageP50: level(DEFAULT_SERVICE_LEVELS.pageP50).describe('Median time to load a page with its images.'),
    recovery: level(DEFAULT_SERVICE_LEVELS.recovery).describe('From the link’s return to normal service.'),
  }).prefault({}),
  auth: authSchema
    .optional()
    .describe('Whose tokens attendees come in with. Without it everyone may come, under any name.'),
  channels: channelsSchema.prefault([]),
  standing: standingSchema.optional(),
  sponsors: sponsorsSchema.prefault([]).describe('Who is shown, by name or with the rates that they pay.'),
  finance: financeSchema.prefault({}).describe('How the event’s money is looked at.'),
  page: section('page', {
    images: count('images', 4, 0, 200).prefault(DEFAULT_PAGE.images),
    imageWidth: count('pixels', 640, 16, 8_000).prefault(DEFAULT_PAGE.imageWidth),
  })
    .prefault({})
    .describe('One page view.'),
  outage: file('an outage file', '../outages/uplink-cut.yaml')
    .optional()
    .describe('The outage that is simulated and rehearsed when the command names no other.'),
  uncertainty: uncertaintySchema
    .prefault({})
    .describe('How far the day may be from this plan, for `micropop simulate --runs`.'),
})

export type EventFile = z.output<typeof eventFileSchema>

/** The parts that are checked one by one when the file as a whole is refused. */
export const eventParts = eventFileSchema.shape

/** The assumed rates of each level, per minute. */
export const defaultEngagement = Object.fromEntries(
  ENGAGEMENTS.map((l) => [l, engagementRates.required().parse(DEFAULT_ENGAGEMENT[l])]),
) as Record<(typeof ENGAGEMENTS)[number], { chat: number; vote: number; page: number }>

function assumption(l: (typeof ENGAGEMENTS)[number]): string {
  const { chat, vote, page } = DEFAULT_ENGAGEMENT[l]
  return `Assumed: chat ${chat}, vote ${vote}, page ${page}.`
}
