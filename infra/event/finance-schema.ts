// The format of what an event file says of money: sponsors and their rates, discounts, tax, who bears what.
import * as z from 'zod'
import { DISCOUNTED_SERVICES } from './event.ts'
import { expected, listOf, name, oneOf, section } from './fields.ts'
import { money, share } from './quantity-fields.ts'

const MAX_SPONSORS = 100
const MAX_NAMED = 100

export const costCentre = name('the name of a cost centre', 'events-4711')

const sponsorName = name('the name of a sponsor', 'acme')

const rated = section('a sponsor', {
  name: sponsorName,
  perUserSecond: money('0.0004 USD', '1000 USD')
    .optional()
    .describe('Billed for each second of each person whom a feature of theirs reached.'),
  minimum: money('200 USD', '1000000000 USD')
    .optional()
    .describe('Billed even where the seconds come to less.'),
  cap: money('2000 USD', '1000000000 USD').optional().describe('Never billed more.'),
  venues: listOf(name('the name of a venue', 'hall'), 'venues', 1, MAX_NAMED)
    .optional()
    .describe('Where they are shown; without it, everywhere.'),
  segments: listOf(name('the name of a segment', 'keynote'), 'segments', 1, MAX_NAMED)
    .optional()
    .describe('When they are shown; without it, all day.'),
  reach: share('60 %')
    .prefault('100 %')
    .describe('Share of those present whom they are expected to reach. Forecasts use it; invoices count.'),
})

/** A name alone is a sponsor that is shown everywhere and billed nothing. */
const sponsor = z.union([sponsorName.transform((of) => rated.parse({ name: of })), rated], {
  error: (issue) => (issue.input === null ? expected('the name of a sponsor', 'acme')(issue) : undefined),
})

export const sponsorsSchema = listOf(sponsor, 'sponsors', 0, MAX_SPONSORS)

const discount = section('a discount', {
  service: oneOf('a service', DISCOUNTED_SERVICES, 'ec2')
    .prefault('all')
    .describe('What it is on; a service’s own discount goes before that of `all`.'),
  share: share('12 %').describe('Off the list price.'),
})

export const financeSchema = section('finance', {
  costCentre: costCentre.optional().describe('Who bears what no venue bears.'),
  discounts: listOf(discount, 'discounts', 1, DISCOUNTED_SERVICES.length)
    .optional()
    .describe('Agreed with AWS. Rents at venues have none.'),
  vat: share('23 %').optional().describe('Value-added tax, shown beside the amounts before tax.'),
})
