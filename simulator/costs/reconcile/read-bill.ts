// What of a bill is an event's: checked, cut to its window, summed by usage; and what there carries no tag.
import type { DuckDBDecimalValue } from '@duckdb/node-api'
import { InvalidInput } from '../../../runtime/errors.ts'
import { type Decimal, decimal, divideRounded } from '../money.ts'
import type { Window } from '../window.ts'
import type { BillDatabase, Row } from './bill-database.ts'
import { rateOf, unitOf } from './usage-types.ts'

/** Kinds of usage of one event are dozens; a bill that has more is not summed but refused. */
const GROUPS_MAX = 50_000
/** Resources of one event, once for each kind of usage; beyond them they are not counted. */
const RESOURCES_MAX = 50_000

export interface BilledGroup {
  kind: string
  venue: string
  account: string
  service: string
  usageType: string
  /** null: no rule knows it. */
  rateId: string | null
  region: string
  resource: string
  unit: string
  quantity: Decimal
  amount: bigint
  rows: number
}

/** What a resource was used for, once however often it was charged. */
export type BilledResource = Pick<
  BilledGroup,
  'kind' | 'venue' | 'service' | 'usageType' | 'rateId' | 'region' | 'resource'
>

export interface Bill {
  format: string
  rows: number
  matched: BilledGroup[]
  /** Behind the usage in `matched`; null: more than can be counted. */
  resources: BilledResource[] | null
  outside: BilledGroup[]
  twice: (BilledGroup & { times: number })[]
  untagged: BilledGroup[]
}

export interface BillQuery {
  event: string
  window: Window
  /** Milliseconds after the window in which what was kept still costs. */
  tailMs: number
  /** USD for one of a currency. */
  rates: ReadonlyMap<string, Decimal>
}

/** Errors: MP_BILL_VALUE, MP_BILL_TWICE, MP_BILL_COLUMNS, MP_BILL_CURRENCY, MP_BILL_GROUPS, each with its file, and its line where it has one. */
export async function readBill(
  database: BillDatabase,
  { event, window, tailMs, rates }: BillQuery,
  step: (what: string) => void,
): Promise<Bill> {
  step('checking every row')
  const rows = await checkRows(database)
  const inTime = `start_ms < ${window.endMs + tailMs} AND end_ms > ${window.startMs}`
  const tag = `'${event.replaceAll("'", "''")}'`
  step('looking for parts that are there twice')
  await refuseTwice(database, `${inTime} AND event IN ('', ${tag})`)
  step('summing what is tagged')
  await database.rows(`CREATE TEMP TABLE ours AS SELECT * EXCLUDE (t_cost, t_billed, t_start, t_end, t_quantity),
    (${inTime}) AS in_time FROM bill WHERE event = ${tag} AND kind <> 'negation'`)
  await refuseUnknownCosts(database)
  await refuseCurrencies(database, 'the event', 'ours', rates)

  const by = 'kind, currency, venue, account, service, usage_type, operation, region, unit'
  const sums = `${by}, '' AS resource, sum(cost) AS cost, sum(quantity) AS quantity, count(*) AS n`
  const grouped = (from: string, what = sums, keys = by) =>
    `SELECT ${what} FROM ${from} GROUP BY ${keys} ORDER BY ${keys} LIMIT ${GROUPS_MAX + 1}`
  const groups = async (sql: string) => {
    const found = await database.rows(sql)
    if (found.length > GROUPS_MAX) {
      const message = `the event has more than ${GROUPS_MAX} kinds of usage`
      throw new InvalidInput(
        'MP_BILL_GROUPS',
        message,
        'Give the export without other columns for usage types.',
      )
    }
    return found.map((row) => groupOf(row, rates))
  }
  const matched = await groups(grouped('ours WHERE in_time'))
  const outside = await groups(grouped('ours WHERE NOT in_time'))
  const resources = await resourcesOf(database)
  const same = `${by}, resource, allocated, start_ms, end_ms, quantity, cost`
  const repeated = `(SELECT ${by}, resource, cost * (count(*) - 1) AS cost, quantity * (count(*) - 1) AS quantity,
    count(*) - 1 AS times FROM ours WHERE in_time AND kind = 'usage' AND cost > 0 AND resource <> ''
    GROUP BY ${same} HAVING count(*) > 1)`
  const keys = `${by}, resource`
  const again = `${keys}, sum(cost) AS cost, sum(quantity) AS quantity, sum(times)::BIGINT AS n`
  const twice = (await groups(grouped(repeated, again, keys))).map((group) => ({
    ...group,
    times: group.rows,
  }))

  step('summing what carries no tag')
  const loose = `bill WHERE event = '' AND kind = 'usage' AND ${inTime} AND account IN (SELECT account FROM ours WHERE in_time)`
  await refuseCurrencies(database, 'what carries no tag', loose, rates)
  const untagged = await groups(grouped(loose, sums.replace("'' AS resource", 'min(resource) AS resource')))
  return { format: database.formats[0] as string, rows, matched, resources, outside, twice, untagged }
}

/** What cannot be read is refused with the first place, whosever row it is: a tag in it might be the event's. */
const FAULTS: [where: string, says: string][] = [
  ['cost IS NULL OR billed IS NULL', 'has a cost that is no number'],
  ['start_ms IS NULL OR end_ms IS NULL', 'has a charge period that is no time'],
  ['end_ms < start_ms', 'has a charge period that ends before it starts'],
  ["t_quantity <> '' AND quantity IS NULL", 'has a quantity that is no number'],
  ["kind = 'usage' AND quantity < 0 AND cost > 0", 'has a negative quantity and a positive cost'],
  ["kind = ''", 'does not say what kind of charge it is'],
]

async function checkRows({ files, rows }: BillDatabase): Promise<number> {
  const counts = FAULTS.map(([where], i) => `count_if(${where}) AS fault_${i}`).join(', ')
  const checked = await rows(`SELECT file, count(*) AS n, ${counts} FROM bill GROUP BY file ORDER BY file`)
  for (const row of checked) {
    for (const [i, [where, says]] of FAULTS.entries()) {
      const bad = Number(row[`fault_${i}`])
      if (bad === 0) continue
      const part = Number(row.file)
      await rows('SET threads = 1; SET preserve_insertion_order = true')
      const [first] = await rows(
        `SELECT n FROM (SELECT *, row_number() OVER () AS n FROM part_${part}) WHERE ${where} LIMIT 1`,
      )
      const more = bad > 1 ? `, as have ${bad - 1} more` : ''
      throw new InvalidInput(
        'MP_BILL_VALUE',
        `this row ${says}${more}`,
        'Correct it, or export the bill again.',
        {
          file: files[part] as string,
          line: Number(first?.n) + 1,
        },
      )
    }
  }
  return checked.reduce((sum, { n }) => sum + Number(n), 0)
}

/** An identity that comes twice, or a row that two files have, is an export read twice: no sum would be right. */
async function refuseTwice({ files, rows }: BillDatabase, where: string): Promise<void> {
  const byIdentity = `SELECT min(file) AS a, max(file) AS b, count(*) AS n FROM bill
    WHERE ${where} AND line_id <> '' AND line_id <> ' ' GROUP BY hash(line_id) HAVING count(*) > 1`
  const byContent = `SELECT min(file) AS a, max(file) AS b, count(*) AS n FROM bill
    WHERE ${where} AND line_id = '' GROUP BY hash(kind, t_cost, t_billed, currency, t_start, t_end, t_quantity, unit,
    service, usage_type, operation, region, resource, allocated, account, event, venue) HAVING min(file) <> max(file)`
  const found = await rows(
    `SELECT a, b, count(*) AS n FROM (${byIdentity} UNION ALL ${byContent}) GROUP BY a, b ORDER BY n DESC LIMIT 1`,
  )
  const [worst] = found
  if (worst === undefined) return
  const [a, b] = [files[Number(worst.a)] as string, files[Number(worst.b)] as string]
  throw new InvalidInput(
    'MP_BILL_TWICE',
    a === b ? `it has ${worst.n} lines twice` : `it has ${worst.n} lines that ${a} has too`,
    'Give each part of an export once.',
    { file: b },
  )
}

/** A commitment's line at the on-demand price, or at the whole fee, would be no cost of the event. */
async function refuseUnknownCosts({ files, rows }: BillDatabase): Promise<void> {
  const [found] = await rows(
    `SELECT file, lacks, count(*) AS n FROM ours WHERE lacks <> '' GROUP BY ALL ORDER BY file, lacks LIMIT 1`,
  )
  if (found === undefined) return
  throw new InvalidInput(
    'MP_BILL_COLUMNS',
    `${found.n} rows of the event are of a commitment, and have no ${found.lacks}`,
    'Export CUR 2.0 with these columns, or FOCUS.',
    { file: files[Number(found.file)] as string },
  )
}

async function resourcesOf({ rows }: BillDatabase): Promise<BilledResource[] | null> {
  const found = await rows(`SELECT DISTINCT kind, venue, service, usage_type, operation, region, resource
    FROM ours WHERE in_time AND kind = 'usage' AND resource <> '' LIMIT ${RESOURCES_MAX + 1}`)
  if (found.length > RESOURCES_MAX) return null
  return found.map((row) => usageOf(row))
}

async function refuseCurrencies(
  { files, rows }: BillDatabase,
  whose: string,
  from: string,
  rates: ReadonlyMap<string, Decimal>,
): Promise<void> {
  const found = await rows(
    `SELECT currency, count(*) AS n FROM ${from} GROUP BY ALL ORDER BY n DESC, currency`,
  )
  const unknown = found.filter(({ currency }) => currency !== 'USD' && !rates.has(String(currency)))
  if (unknown.length === 0) return
  const all = found.map(({ currency, n }) => `${currency || 'no currency'} in ${n} rows`).join(', ')
  throw new InvalidInput(
    'MP_BILL_CURRENCY',
    `${whose} is billed in ${all}, and nobody said what that is in USD`,
    `Say it: ${unknown.map(({ currency }) => `--rate ${currency}=…`).join(' ')}, USD for one.`,
    { file: files[0] as string },
  )
}

function usageOf(row: Row): BilledResource {
  const text = (name: string) => String(row[name] ?? '')
  const [service, usageType, operation] = [text('service'), text('usage_type'), text('operation')]
  return {
    kind: text('kind'),
    venue: text('venue'),
    ...{ service, usageType },
    rateId: rateOf({ service, usageType, operation }),
    region: text('region'),
    resource: text('resource'),
  }
}

function groupOf(row: Row, rates: ReadonlyMap<string, Decimal>): BilledGroup {
  const quantity = row.quantity as DuckDBDecimalValue | null
  const cost = (row.cost as DuckDBDecimalValue).value
  const rate = rates.get(String(row.currency ?? '')) ?? decimal('1')
  return {
    ...usageOf(row),
    account: String(row.account ?? ''),
    unit: unitOf(String(row.unit ?? '')),
    quantity: quantity === null ? decimal('0') : { digits: quantity.value, scale: quantity.scale },
    amount: divideRounded(cost * rate.digits, 10n ** BigInt(rate.scale)),
    rows: Number(row.n),
  }
}
