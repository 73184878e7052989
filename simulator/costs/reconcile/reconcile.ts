// A forecast held against what was billed: each line's difference split by why, and what stands out named.
import { type Decimal, decimal, decimalText, divideRounded, minus, plus, ZERO } from '../money.ts'
import type { Bill, BilledGroup, BilledResource } from './read-bill.ts'
import type { Finding, Reason, Reconciliation, VarianceLine } from './reconcile-result.ts'
import { withoutTier } from './usage-types.ts'

/** A line of a forecast, as it was computed or as a ledger kept it. */
export interface ExpectedLine {
  venue: string
  /** Of the resource that it is for. */
  urn: string
  service: string
  rateId: string | null
  region: string
  quantity: string
  unit: string
  amount: bigint
}

const VENUE_SERVICE = 'venue'
/** A venue's name where a row has none. */
const NO_VENUE = '(no venue tag)'
const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/
const UNTAGGED_SHOWN = 20
/** Kinds of charge that a forecast is before. */
const ASIDE = ['credit', 'tax']
/** Kinds of charge that belong to the usage that they name; a fee for it is none of it. */
const OF_USAGE = ['usage', 'refund', 'discount']

type Compared = Pick<
  Reconciliation,
  | 'lines'
  | 'forecast'
  | 'billed'
  | 'parts'
  | 'findings'
  | 'credits'
  | 'taxes'
  | 'rents'
  | 'untagged'
  | 'matchedRows'
>

interface Side {
  venue: string
  service: string
  what: string
  expected: { amount: bigint; quantity: Decimal; unit: string } | null
  billed: { amount: bigint; quantity: Decimal; unit: string } | null
  refund: bigint
  /** Declared, and on the bill. */
  resources: { forecast: Set<string>; billed: Set<string> }
}

/**
 * Lines are matched by venue and rate, and by region where a rate has one: a bill's word for a resource is AWS's, so
 * that resources with the same three are one line, which says how many they are. The parts of all lines add up to what was
 * billed less what was forecast, to the pico-dollar.
 */
export function compareWithBill(expected: ExpectedLine[], bill: Bill): Compared {
  const onBill = bill.matched.some((group) => serviceOf(group) === VENUE_SERVICE)
  const lines = expected.filter(({ service }) => onBill || service !== VENUE_SERVICE)
  const rents = expected.reduce((sum, line) => (lines.includes(line) ? sum : sum + line.amount), 0n)
  const sides = new Map<string, Side>()
  const regions = new Map<string, Set<string>>()
  for (const line of lines) {
    const what = line.rateId === null ? line.service : withoutTier(line.rateId)
    const side = sideOf(sides, line.venue, line.service, what)
    side.expected = added(side.expected, line.amount, decimal(line.quantity), line.unit)
    side.resources.forecast.add(line.urn)
    const key = keyOf(line.venue, what)
    regions.set(key, (regions.get(key) ?? new Set()).add(line.region))
  }
  const sideOfUsage = (usage: BilledResource) => {
    const venue = usage.venue || NO_VENUE
    const what = whatOf(usage, regions.get(keyOf(venue, labelOf(usage))))
    return sideOf(sides, venue, serviceOf(usage), what)
  }
  const findings: Finding[] = []
  for (const group of bill.matched) {
    if (ASIDE.includes(group.kind)) continue
    const venue = group.venue || NO_VENUE
    if (group.venue === '') {
      const says = 'It carries the tag of the event and none of a venue.'
      findings.push({ kind: 'no-venue-tag', venue, what: labelOf(group), amount: group.amount, says })
    }
    if (!['', 'global'].includes(group.region) && !REGION.test(group.region)) {
      const says = `No region is called ${group.region}; it is counted as the bill has it.`
      findings.push({ kind: 'unknown-region', venue, what: labelOf(group), amount: group.amount, says })
    }
    const side = sideOfUsage(group)
    if (group.kind === 'refund' || (group.kind === 'usage' && group.amount < 0n)) side.refund += group.amount
    else {
      const quantity = group.kind === 'discount' ? ZERO : group.quantity
      side.billed = added(side.billed, group.amount, quantity, side.billed?.unit ?? group.unit)
    }
  }
  for (const usage of bill.resources ?? []) sideOfUsage(usage).resources.billed.add(usage.resource)
  const variances = [...sides.values()].map((side) => varianceOf(side, bill.resources !== null))
  findings.push(...findingsOf(variances), ...twiceOf(bill), ...outsideOf(bill))
  const untagged = bill.untagged.filter((group) => lines.some(({ service }) => service === serviceOf(group)))
  findings.push(...missingTags(untagged, variances))
  const sum = (of: (line: VarianceLine) => bigint) => variances.reduce((total, line) => total + of(line), 0n)
  const aside = (kind: string) => amountsOf(bill.matched.filter((group) => group.kind === kind))
  return {
    lines: variances,
    forecast: sum((line) => line.forecast),
    billed: sum((line) => line.billed),
    parts: {
      price: sum(({ parts }) => parts.price),
      quantity: sum(({ parts }) => parts.quantity),
      unforecast: sum(({ parts }) => parts.unforecast),
      missing: sum(({ parts }) => parts.missing),
      refund: sum(({ parts }) => parts.refund),
    },
    findings,
    credits: aside('credit'),
    taxes: aside('tax'),
    rents,
    untagged: untagged
      .toSorted((a, b) => (a.amount < b.amount ? 1 : -1))
      .slice(0, UNTAGGED_SHOWN)
      .map((group) => ({
        account: group.account,
        service: group.service,
        what: labelOf(group),
        rows: group.rows,
        amount: group.amount,
      })),
    matchedRows: bill.matched.reduce((rows, group) => rows + group.rows, 0),
  }
}

/** What was billed at another price for the forecast's rate is price; what was used more or less of is quantity. */
function varianceOf(
  { venue, service, what, expected, billed, refund, resources }: Side,
  counted: boolean,
): VarianceLine {
  const parts: Record<Reason, bigint> = { price: 0n, quantity: 0n, unforecast: 0n, missing: 0n, refund }
  const alike = expected !== null && billed !== null && expected.unit === billed.unit
  if (expected === null) parts.unforecast = billed?.amount ?? 0n
  else if (billed === null) parts.missing = -expected.amount
  else if (!alike || expected.quantity.digits === 0n) parts.quantity = billed.amount - expected.amount
  else {
    const more = minus(billed.quantity, expected.quantity)
    parts.quantity = shareOf(expected.amount, more, expected.quantity)
    parts.price = billed.amount - expected.amount - parts.quantity
  }
  return {
    ...{ venue, service, what, parts },
    unit: expected?.unit ?? billed?.unit ?? '',
    quantity: {
      forecast: expected === null ? null : decimalText(expected.quantity),
      billed: billed === null || (expected !== null && !alike) ? null : decimalText(billed.quantity),
    },
    resources: {
      forecast: resources.forecast.size,
      billed: billed === null ? 0 : counted && resources.billed.size > 0 ? resources.billed.size : null,
    },
    forecast: expected?.amount ?? 0n,
    billed: (billed?.amount ?? 0n) + refund,
  }
}

/** `amount` × `part` / `whole`, to the nearest pico-dollar. */
function shareOf(amount: bigint, part: Decimal, whole: Decimal): bigint {
  return divideRounded(
    amount * part.digits * 10n ** BigInt(whole.scale),
    whole.digits * 10n ** BigInt(part.scale),
  )
}

/** A price that differs by less than this of the line is a bill's own rounding. */
const ROUNDING = 1_000n
const CENT = 10n ** 10n

function findingsOf(variances: VarianceLine[]): Finding[] {
  return variances.flatMap((line): Finding[] => {
    const { venue, what, parts, forecast } = line
    const of = (kind: Finding['kind'], amount: bigint, says: string) => ({ kind, venue, what, amount, says })
    const magnitude = parts.price < 0n ? -parts.price : parts.price
    return [
      ...(parts.price !== 0n && magnitude >= CENT && magnitude * ROUNDING >= forecast
        ? [of('price-change', parts.price, 'It was billed at another price than forecast.')]
        : []),
      ...(parts.unforecast !== 0n
        ? [of('unforecast', parts.unforecast, 'It is on the bill and not in the forecast.')]
        : []),
      ...(parts.missing <= -CENT
        ? [of('missing', parts.missing, 'It is in the forecast and not on the bill.')]
        : []),
      ...(parts.refund !== 0n ? [of('refund', parts.refund, 'It was given back.')] : []),
    ]
  })
}

function twiceOf({ twice }: Bill): Finding[] {
  return twice.map((group) => ({
    kind: 'charged-twice',
    venue: group.venue || NO_VENUE,
    what: labelOf(group),
    amount: group.amount,
    says: `${group.resource} is charged again for the same time, ${group.times === 1 ? 'once' : `${group.times} times`}; ask for it back.`,
  }))
}

function outsideOf({ outside }: Bill): Finding[] {
  return outside.map((group) => ({
    kind: 'outside-window',
    venue: group.venue || NO_VENUE,
    what: labelOf(group),
    amount: group.amount,
    says: 'It carries the tag of the event at another time, and is not in the comparison.',
  }))
}

/** Usage without a tag of a kind that the forecast has more of than the bill. */
function missingTags(untagged: BilledGroup[], variances: VarianceLine[]): Finding[] {
  return untagged.flatMap((group): Finding[] => {
    const line = variances.find(
      ({ what, parts }) => what === labelOf(group) && (parts.missing < 0n || parts.quantity < 0n),
    )
    if (line === undefined) return []
    const says = `${group.resource || 'A resource'} carries no tag of the event, which the forecast has more of than the bill.`
    return [{ kind: 'missing-tag', venue: line.venue, what: line.what, amount: group.amount, says }]
  })
}

function keyOf(venue: string, what: string): string {
  return JSON.stringify([venue, what])
}

function sideOf(sides: Map<string, Side>, venue: string, service: string, what: string): Side {
  const key = keyOf(venue, what)
  const side: Side = sides.get(key) ?? {
    ...{ venue, service, what, expected: null, billed: null, refund: 0n },
    resources: { forecast: new Set(), billed: new Set() },
  }
  sides.set(key, side)
  return side
}

function added(to: Side['billed'], amount: bigint, quantity: Decimal, unit: string): Side['billed'] {
  if (to === null) return { amount, quantity, unit }
  return { amount: to.amount + amount, quantity: plus(to.quantity, quantity), unit: to.unit }
}

function labelOf({ rateId, usageType, service, kind }: Omit<BilledResource, 'resource'>): string {
  if (rateId !== null && OF_USAGE.includes(kind)) return withoutTier(rateId)
  return kind === 'usage' ? usageType || service : `${kind}: ${usageType || service}`
}

function serviceOf({ rateId, service }: Pick<BilledResource, 'rateId' | 'service'>): string {
  return rateId === null ? service : (rateId.split('.')[0] as string)
}

/** Usage elsewhere than forecast is another line. */
function whatOf(group: BilledResource, regions: Set<string> | undefined): string {
  const what = labelOf(group)
  const anywhere = regions === undefined || regions.has('global') || ['', 'global'].includes(group.region)
  return anywhere || regions.has(group.region) ? what : `${what} in ${group.region}`
}

function amountsOf(groups: BilledGroup[]): bigint {
  return groups.reduce((sum, { amount }) => sum + amount, 0n)
}
