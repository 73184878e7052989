// The format of `uncertainty` in the event file: how far the day may be from what is planned.
import { DEFAULT_UNCERTAINTY } from './defaults.ts'
import { OFFSET_DISTRIBUTIONS, SPREAD_DISTRIBUTIONS } from './event.ts'
import { oneOf, section } from './fields.ts'
import { duration, share } from './quantity-fields.ts'

const ZERO = { orNone: true }

const SHAPES =
  'uniform: anywhere within; triangular: the same, most likely as planned; normal and lognormal: eight days in ten within.'

/** A factor of what is planned. `within` of lognormal: between planned / (1 + within) and planned × (1 + within). */
const factor = (
  where: string,
  of: string,
  { within, distribution }: { within: string; distribution: string },
) =>
  section(where, {
    within: share('10 %', ZERO).prefault(within).describe(`How far ${of} may be from what is planned.`),
    distribution: oneOf('a distribution', SPREAD_DISTRIBUTIONS)
      .prefault(distribution as (typeof SPREAD_DISTRIBUTIONS)[number])
      .describe(SHAPES),
  }).prefault({})

export const uncertaintySchema = section('uncertainty', {
  target: share('95 %')
    .prefault(DEFAULT_UNCERTAINTY.target)
    .describe('Share of possible days on which a service level has to be met.'),
  attendance: factor('attendance', 'the number of attendees', DEFAULT_UNCERTAINTY.attendance),
  engagement: factor('engagement', 'what attendees do', DEFAULT_UNCERTAINTY.engagement),
  outage: section('the uncertainty of the outage', {
    probability: share('100 %', ZERO)
      .prefault(DEFAULT_UNCERTAINTY.outage.probability)
      .describe('Share of possible days on which the event’s outage happens.'),
    start: section('the start of the outage', {
      within: duration('10m', { min: '0s', max: '24h' })
        .prefault(DEFAULT_UNCERTAINTY.outage.start.within)
        .describe('How much earlier or later the outage may start; all its steps move together.'),
      distribution: oneOf('a distribution', OFFSET_DISTRIBUTIONS)
        .prefault(DEFAULT_UNCERTAINTY.outage.start.distribution)
        .describe(SHAPES),
    }).prefault({}),
    duration: factor('the duration of the outage', 'its length', DEFAULT_UNCERTAINTY.outage.duration),
  }).prefault({}),
  spot: section('spot', {
    interruptedPerMonth: share('20 %', ZERO)
      .optional()
      .describe(
        'Share of spot machines that AWS takes back in a month. Without it, what AWS’s Spot Advisor says of each type.',
      )
      .transform((stated) => stated ?? null),
    price: factor('the price of spot machines', 'their price', DEFAULT_UNCERTAINTY.spot.price),
  }).prefault({}),
  credits: section('credits', {
    least: share('50 %', ZERO)
      .prefault(DEFAULT_UNCERTAINTY.credits.least)
      .describe(
        'Least share of the CPU credits that a machine has earned and still has when the show starts.',
      ),
    most: share('100 %', ZERO).prefault(DEFAULT_UNCERTAINTY.credits.most).describe('Most of them.'),
  }).prefault({}),
  overrun: section('the overrun of the show', {
    within: duration('30m', { min: '0s', max: '12h' })
      .prefault(DEFAULT_UNCERTAINTY.overrun.within)
      .describe('How much longer each day of the show may go on than planned; 0s: it ends on time.'),
    distribution: oneOf('a distribution', OFFSET_DISTRIBUTIONS)
      .prefault(DEFAULT_UNCERTAINTY.overrun.distribution)
      .describe(`Its half above the plan. ${SHAPES}`),
  }).prefault({}),
})

/** Of an event that says nothing about it. */
export const defaultUncertainty = uncertaintySchema.parse({})
