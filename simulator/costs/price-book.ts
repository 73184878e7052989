// The price book: dated rates with their source, read from the CSV files in price-book/.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PRICED_SERVICES } from '../../infra/event/event.ts'
import { InvalidInput, MissingHere } from '../../runtime/errors.ts'
import { type Decimal, decimal } from './money.ts'

export interface RateSource {
  id: string
  /** Day on which the source gave this price, `YYYY-MM-DD`. */
  date: string
}

/** The price of units from `from` up to `to` in a calendar month; `to` is null where the price list has no end. */
export interface RateTier {
  from: Decimal
  to: Decimal | null
  priceUsd: Decimal
  source: RateSource
}

export interface Rate {
  /** A region's code, or `global` for what AWS states to cost the same in every region. */
  region: string
  /** `service.what`, e.g. `ec2.t3.medium.on-demand`. */
  id: string
  unit: string
  /** Contiguous from 0. Most rates have one without end. */
  tiers: RateTier[]
}

export interface PriceBook {
  /** Day on which the rates were gathered. */
  date: string
  /** The region's own rate, else the global one. Null is a hole: never zero, never another region's price. */
  rate(region: string, id: string): Rate | null
}

/** A file a service, named for the first part of its rates' ids; `ec2` has others for commitments and the spot market. */
const SERVICES: readonly string[] = PRICED_SERVICES
const COMMITMENTS = 'ec2-commitments'
const SPOT = 'ec2-spot'
export const HEADER = 'region,rate,price_usd,unit,tier_from,tier_to,source,source_date'
const ROW = /^[a-z0-9-]+,[a-z0-9.-]+,\d+(\.\d+)?,[A-Za-z-]+,\d+,\d*,[\w.-]+,\d{4}-\d\d-\d\d$/

const SHIPPED = fileURLToPath(new URL('./price-book/', import.meta.url))

/**
 * Reads the price book in `folder`; a file is read when its first rate is asked for. `overlay` is a folder of the same
 * format, as `prices refresh` writes it, whose rates take the place of the same ones; it need not have every file. Throws
 * MissingHere where a file is not there, and InvalidInput with file and line where a row is malformed or tiers leave a gap.
 */
export function loadPriceBook(folder: string = SHIPPED, overlay?: string): PriceBook {
  if (folder !== SHIPPED || overlay !== undefined) return openPriceBook(folder, overlay)
  shipped ??= openPriceBook(SHIPPED)
  return shipped
}

/** Opened once: a search asks for it at every candidate. */
let shipped: PriceBook | undefined

function openPriceBook(folder: string, overlay?: string): PriceBook {
  const files = new Map<string, Map<string, Rate>>()
  return {
    date: gatheredOn(overlay ?? folder),
    rate(region, id) {
      const name = fileOf(id)
      let rates = files.get(name)
      if (!rates) {
        rates = ratesIn(folder, name)
        const newer = overlay !== undefined && existsSync(join(overlay, `${name}.csv`))
        for (const [key, rate] of newer ? ratesIn(overlay, name) : []) rates.set(key, rate)
        files.set(name, rates)
      }
      return rates.get(`${region} ${id}`) ?? rates.get(`global ${id}`) ?? null
    },
  }
}

/** Every rate of the shipped price book. */
export function shippedRates(): Rate[] {
  return [...SERVICES, COMMITMENTS, SPOT].flatMap((name) => [...ratesIn(SHIPPED, name).values()])
}

function ratesIn(folder: string, name: string): Map<string, Rate> {
  const file = join(folder, `${name}.csv`)
  return parseRates(read(file), file)
}

/** Error: MP_PRICE_BOOK_MISSING, MP_PRICE_BOOK_INVALID. */
function gatheredOn(folder: string): string {
  const file = join(folder, 'sources.json')
  const text = read(file)
  const date = /"gathered":\s*"(\d{4}-\d\d-\d\d)"/.exec(text)?.[1]
  if (date !== undefined) return date
  throw new InvalidInput(
    'MP_PRICE_BOOK_INVALID',
    'it does not say on which day the prices were gathered',
    'Name a folder that `micropop prices refresh` wrote.',
    { file },
  )
}

/** Name of the file that has a rate, without `.csv`. What few forecasts ask for is not read by the others. */
export function fileOf(id: string): string {
  const service = id.slice(0, id.indexOf('.'))
  if (!SERVICES.includes(service)) throw new RangeError(`no service ${service} in the price book`)
  if (service !== 'ec2') return service
  if (/\.(reserved|savings-plan)-/.test(id)) return COMMITMENTS
  return id.endsWith('.spot') ? SPOT : service
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new MissingHere(
      'MP_PRICE_BOOK_MISSING',
      `the price book's file ${file} cannot be read`,
      'Restore it from the repository; for --prices, name a folder that `micropop prices refresh` wrote.',
      cause,
    )
  }
}

/** Rates of one CSV file, keyed `region id`. `file` is for error messages. */
export function parseRates(text: string, file: string): Map<string, Rate> {
  const invalid = (line: number, message: string) =>
    new InvalidInput(
      'MP_PRICE_BOOK_INVALID',
      message,
      `Each row has ${HEADER}, and the tiers of a rate follow each other from 0.`,
      { file, line },
    )
  const [header, ...rows] = text.trimEnd().split('\n')
  if (header !== HEADER) throw invalid(1, 'not the header of a price book')
  const rates = new Map<string, Rate>()
  rows.forEach((row, index) => {
    if (!ROW.test(row)) throw invalid(index + 2, `malformed row: ${row}`)
    const [region = '', id = '', priceUsd = '', unit = '', from = '', to = '', source = '', date = ''] =
      row.split(',')
    const tier: RateTier = {
      from: decimal(from),
      to: to ? decimal(to) : null,
      priceUsd: decimal(priceUsd),
      source: { id: source, date },
    }
    const key = `${region} ${id}`
    const rate = rates.get(key)
    const previousEnd = rate ? (rate.tiers.at(-1)?.to ?? null) : decimal('0')
    if (previousEnd?.digits !== tier.from.digits || (rate && rate.unit !== unit)) {
      throw invalid(index + 2, `${key}: tier from ${from} ${unit} does not follow the one before it`)
    }
    if (rate) rate.tiers.push(tier)
    else rates.set(key, { region, id, unit, tiers: [tier] })
  })
  return rates
}
