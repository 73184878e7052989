// The format of channel rules and standing aggregates in the event file: what pop.json says of them, in its words.
import * as z from 'zod'
import { CHANNEL_PATTERN, type ChannelRule, type StandingAggregate } from '../../runtime/pop-config.ts'
import { parseAggregate, parseFilter } from '../../runtime/queries/parse.ts'
import { count, expected, flag, listOf, oneOf, section } from './fields.ts'
import { duration } from './quantity-fields.ts'
import { quote, show } from './quote.ts'

const FILTER = '{ eq: [body.choice, 0] }'
const AGGREGATE = '{ is: count, by: body.choice }'

const MAX_CHANNEL_RULES = 256
const MAX_STANDING = 32
const STANDING_NAME = /^[A-Za-z0-9_-]{1,64}$/

const match = (example: string) =>
  z
    .string({ error: expected('the name of a channel, or its beginning and `*`', example) })
    .regex(CHANNEL_PATTERN, {
      error: ({ input }) =>
        `${quote(String(input))} names no channel: it takes A to Z, a to z, 0 to 9, ".", "_" and "-", at most 128, and a \`*\` at the end for all that begin so; write ${example}`,
    })
    .meta({ examples: [example] })
    .describe('A channel’s name, or the beginning of names followed by `*`.')

const channelRule = section('a channel rule', {
  match: match('room.*'),
  partitions: count('partitions', 4, 1, 64)
    .prefault(1)
    .describe('Orders kept side by side; a message’s key chooses one.'),
  slow: listOf(oneOf('a way to spare a slow session', ['delta', 'latest', 'sampled']), 'ways', 0, 3)
    .prefault([])
    .describe(
      'What is tried, in this order, for a session that reads too slowly, before it is disconnected.',
    ),
  upstream: z
    .union([z.enum(['all', 'none']), z.strictObject({ where: z.unknown() })], {
      error: ({ input }) =>
        `expected what central gets of a channel, found ${show(input)}; write all, none, or { where: FILTER }`,
    })
    // After the union, which would not say what is wrong with the filter.
    .transform((upstream, context): ChannelRule['upstream'] => {
      if (typeof upstream === 'string') return upstream
      const read = parseFilter(upstream.where)
      if ('ok' in read) return { where: read.ok }
      const message = complaint(read.wrong, 'a filter', FILTER)
      context.issues.push({ code: 'custom', message, input: upstream.where, path: ['where'] })
      return z.NEVER
    })
    .prefault('all')
    .describe('What central gets: all messages, none, or those that match.'),
  relay: flag()
    .prefault(true)
    .describe('Whether other PoPs of the event get it, where they form one broker.'),
})

export const channelsSchema = listOf(channelRule, 'channel rules', 0, MAX_CHANNEL_RULES).describe(
  'How channels are treated; the first rule that matches counts.',
)

const standing = section('a standing aggregate', {
  name: z
    .string({ error: expected('a name', 'polls') })
    .regex(STANDING_NAME, {
      error: ({ input }) =>
        `${quote(String(input))} is not a name: it takes A to Z, a to z, 0 to 9, "_" and "-", at most 64; write polls`,
    })
    .describe('Its changes are published to `agg.` and this.'),
  ch: match('collect.poll.*'),
  where: readAs('a filter', FILTER, parseFilter)
    .optional()
    .describe('Only messages that match count: docs/queries.md.'),
  agg: readAs('an aggregate', AGGREGATE, parseAggregate).describe('What is kept: docs/queries.md.'),
  every: duration('5s', { min: '1s', max: '1h' }).prefault('5s').describe('Between two deltas, least.'),
})

export const standingSchema = listOf(standing, 'standing aggregates', 0, MAX_STANDING).describe(
  'Kept by each PoP from its log and told to central as deltas. Without it, the votes of polls.',
)

/** As the runtime reads it from pop.json, with its complaint. */
function readAs<T>(what: string, example: string, parse: (value: unknown) => { ok: T } | { wrong: string }) {
  return z.unknown().transform((input, context): T => {
    const parsed = parse(input)
    if ('ok' in parsed) return parsed.ok
    context.issues.push({
      code: 'custom',
      message: `${parsed.wrong}; write ${what} such as ${example}`,
      input,
    })
    return z.NEVER
  })
}

function complaint(wrong: string, what: string, example: string): string {
  return `${wrong}; write ${what} such as ${example}`
}

/** null: those of a PoP that is told of none. */
export function resolveStanding(
  stated: z.output<typeof standingSchema> | undefined,
): StandingAggregate[] | null {
  if (stated === undefined) return null
  return stated.map(({ name, ch, where, agg, every }) => ({
    name,
    ch,
    ...(where !== undefined && { where }),
    agg,
    everyMs: every * 1_000,
  }))
}
