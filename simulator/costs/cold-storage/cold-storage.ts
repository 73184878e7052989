// Cold storage at night: assets that nobody reads between show days, moved to a colder class of S3 and back.
import { LEAST_DAYS, PRICE_BOOK_CLASS } from '../../../infra/event/archive.ts'
import type { EventSpec } from '../../../infra/event/event.ts'
import { dayStarts } from '../../../infra/event/zoned-time.ts'
import { amountOf, type Decimal, decimal, plus, scaled, ZERO } from '../money.ts'
import type { PriceBook } from '../price-book.ts'
import { billedMonths, eventWindow, type Window } from '../window.ts'
import type { ArchiveRule, ColdClass, ColdStorage } from './cold-storage-result.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const KIB = 1_024

/**
 * What S3 asks of each class beside its least time (S3 User Guide, storage classes): least billed size of an object,
 * what an object takes beside its content, and hours that reading back takes at most.
 */
const CLASSES = [
  { name: 'STANDARD_IA', leastBytes: 128 * KIB, extraBytes: 0, readHours: 0 },
  { name: 'GLACIER_IR', leastBytes: 128 * KIB, extraBytes: 0, readHours: 0 },
  { name: 'GLACIER', leastBytes: 0, extraBytes: 32 * KIB, readHours: 5 },
  { name: 'DEEP_ARCHIVE', leastBytes: 0, extraBytes: 32 * KIB, readHours: 12 },
] as const
type ClassRules = (typeof CLASSES)[number]

export interface Assets {
  bytes: number
  objects: number
}

/** From the end of one day's show to the start of the next. */
export function nightsOf(event: EventSpec): Window[] {
  const starts = dayStarts(event)
  return starts.slice(1).map((endMs, i) => ({ startMs: (starts[i] ?? 0) + event.dayS * 1_000, endMs }))
}

/**
 * Each night every object is moved once and written back once; the copy that is left behind is billed to the end of its
 * class's least time. Standard storage is saved for the length of the night.
 */
export function coldStorage(event: EventSpec, assets: Assets, region: string, book: PriceBook): ColdStorage {
  const nights = nightsOf(event)
  const classes = CLASSES.map((rules) => priceClass(rules, nights, assets, region, book))
  const usable = classes.filter(({ tooSlow }) => !tooSlow)
  const [best] = usable
    .filter(({ net }) => net !== null && net > 0n)
    .sort((a, b) => ((a.net ?? 0n) > (b.net ?? 0n) ? -1 : 1))
  const open = nights.length > 0 && usable.some(({ net }) => net === null)
  return {
    ...{ event: event.name, region, ...assets, nights, classes },
    archive: archiveRule(event),
    advice: best ? 'move' : open ? 'unknown' : 'stay',
    best: best?.storageClass ?? null,
  }
}

/** The event's own rule, and whether it moves what is there from set-up on before tear-down. */
function archiveRule(event: EventSpec): ArchiveRule | null {
  const { archive } = event.central
  if (archive === null) return null
  const { startMs, endMs } = eventWindow(event)
  const { afterDays, storageClass } = archive
  return {
    ...{ afterDays, storageClass: PRICE_BOOK_CLASS[storageClass] },
    duringEvent: startMs + afterDays * DAY_MS < endMs,
  }
}

function priceClass(
  { name, leastBytes, extraBytes, readHours }: ClassRules,
  nights: readonly Window[],
  { bytes, objects }: Assets,
  region: string,
  book: PriceBook,
): ColdClass {
  const [storageClass, leastDays] = [PRICE_BOOK_CLASS[name], LEAST_DAYS[name]]
  const missing = new Set<string>()
  const cost = (id: string, quantity: Decimal) => {
    const tier = book.rate(region, id)?.tiers[0]
    if (tier) return amountOf(tier.priceUsd, quantity)
    missing.add(id)
    return 0n
  }
  const rate = (what: string) => `s3.${storageClass}.${what}`
  const coldGb = gibOf(Math.max(bytes, objects * leastBytes) + objects * extraBytes)
  const gbMonths = (size: Decimal, windows: readonly Window[]) =>
    windows.reduce((sum, window) => plus(sum, billedMonths(size, window)), ZERO)
  const kept = nights.map(({ startMs, endMs }) => ({
    startMs,
    endMs: Math.max(endMs, startMs + leastDays * DAY_MS),
  }))
  const requests = decimal(String(objects * nights.length))
  const saved = cost('s3.standard.storage', gbMonths(gibOf(bytes), nights))
  const storage = cost(rate('storage'), gbMonths(coldGb, kept))
  const moves = cost(rate('transition'), requests) + cost('s3.standard.put', requests)
  // Classes that are read at once charge the read; the others charge the request to restore.
  const asked = readHours === 0 ? 'get' : 'retrieval-request'
  const gbRead = scaled(gibOf(bytes), BigInt(nights.length), 1n)
  const retrieval = cost(rate('retrieval'), gbRead) + cost(rate(asked), requests)
  const known = (amount: bigint) => (missing.size === 0 ? amount : null)
  return {
    ...{ storageClass, leastDays },
    tooSlow: nights.some(({ startMs, endMs }) => endMs - startMs < readHours * HOUR_MS),
    saved: known(saved),
    storage: known(storage),
    moves: known(moves),
    retrieval: known(retrieval),
    net: known(saved - storage - moves - retrieval),
    missing: [...missing].sort(),
  }
}

/** GB of bills are 2³⁰ bytes. */
function gibOf(bytes: number): Decimal {
  return scaled(decimal(String(bytes)), 1n, 2n ** 30n)
}
