// The two formats of bills, FOCUS and AWS CUR 2.0, told apart by their columns and read into the same columns.
import { TAG } from '../../../infra/tags.ts'
import { InvalidInput } from '../../../runtime/errors.ts'
import { type ColumnText, curCost } from './cur-costs.ts'

export type BillFormat = 'FOCUS' | 'CUR 2.0'

/** A column's name in the file to its type in the database. */
export type Columns = ReadonlyMap<string, string>

const REQUIRED: Record<BillFormat, string[]> = {
  FOCUS: [
    'BilledCost',
    'EffectiveCost',
    'BillingCurrency',
    'ChargeCategory',
    'ChargePeriodStart',
    'ChargePeriodEnd',
    'PricingQuantity',
    'PricingUnit',
    'ServiceName',
    'Tags',
  ],
  'CUR 2.0': [
    'line_item_unblended_cost',
    'line_item_currency_code',
    'line_item_line_item_type',
    'line_item_usage_start_date',
    'line_item_usage_end_date',
    'line_item_usage_amount',
    'line_item_usage_type',
    'line_item_product_code',
  ],
}
/** CUR's kinds of line. What a plan covers is taken at its share of the plan, so its negation at the on-demand price is not. */
const CUR_KINDS: Record<string, string> = {
  Usage: 'usage',
  DiscountedUsage: 'usage',
  SavingsPlanCoveredUsage: 'usage',
  SavingsPlanNegation: 'negation',
  Credit: 'credit',
  Refund: 'refund',
  Tax: 'tax',
  Fee: 'purchase',
  RIFee: 'purchase',
  SavingsPlanUpfrontFee: 'purchase',
  SavingsPlanRecurringFee: 'purchase',
}

/** Errors: MP_BILL_COLUMNS. */
export function formatOf(file: string, columns: Columns): BillFormat {
  const has = (name: string) => found(columns, name) !== undefined
  if (has('lineItem/UnblendedCost')) {
    throw new InvalidInput(
      'MP_BILL_COLUMNS',
      'this is a legacy cost and usage report',
      'Export CUR 2.0 or FOCUS.',
      {
        file,
      },
    )
  }
  const format: BillFormat = REQUIRED.FOCUS.filter(has).length > 1 ? 'FOCUS' : 'CUR 2.0'
  const missing = REQUIRED[format].filter((name) => !has(name))
  if (format === 'CUR 2.0' && !has('resource_tags') && !has(curTag(TAG.event))) missing.push('resource_tags')
  if (missing.length === 0) return format
  const known = REQUIRED[format].some(has)
  throw new InvalidInput(
    'MP_BILL_COLUMNS',
    known
      ? `as a ${format} bill it lacks the columns ${missing.join(', ')}`
      : 'its columns are neither those of FOCUS nor those of CUR 2.0',
    'Export the bill with these columns, as FOCUS 1.0 to 1.4 or as AWS CUR 2.0.',
    { file, line: 1 },
  )
}

/**
 * What every bill is read as: text `t_…` beside what it is read to, so that what cannot be read is found. The
 * expressions name columns that are known; no text of a file goes into them.
 */
export function normalised(format: BillFormat, columns: Columns): string {
  const text: ColumnText = (...names) => {
    const actual = names.map((name) => found(columns, name)).filter((name) => name !== undefined)
    return actual.length === 0
      ? "''"
      : `coalesce(${actual.map((name) => `nullif(CAST("${name}" AS VARCHAR), '')`).join(', ')}, '')`
  }
  const focus = format === 'FOCUS'
  const kinds = Object.entries(CUR_KINDS).map(([from, to]) => `WHEN '${from}' THEN '${to}'`)
  const curType = text('line_item_line_item_type')
  const cur = curCost(text, (name) => found(columns, name) !== undefined)
  const fields: Record<string, string> = focus
    ? {
        kind: `CASE WHEN ${text('ChargeCategory')} IN ('Usage', 'Purchase') AND ${text('ChargeClass')} = 'Correction' THEN 'refund' ELSE lower(${text('ChargeCategory')}) END`,
        t_cost: text('EffectiveCost'),
        t_billed: text('BilledCost'),
        currency: text('BillingCurrency'),
        t_start: text('ChargePeriodStart'),
        t_end: text('ChargePeriodEnd'),
        t_quantity: text('PricingQuantity'),
        unit: text('PricingUnit'),
        service: text('ServiceName'),
        usage_type: text('x_UsageType', 'SkuMeter', 'ChargeDescription'),
        operation: text('x_Operation'),
        region: text('RegionId', 'Region'),
        resource: text('ResourceId'),
        allocated: text('AllocatedResourceId'),
        account: text('SubAccountId', 'BillingAccountId'),
        line_id: "''",
        lacks: "''",
      }
    : {
        kind: `CASE ${curType} ${kinds.join(' ')} ELSE CASE WHEN ${curType} LIKE '%Discount' THEN 'discount' ELSE lower(${curType}) END END`,
        t_cost: cur.cost,
        t_billed: text('line_item_unblended_cost'),
        currency: text('line_item_currency_code'),
        t_start: text('line_item_usage_start_date'),
        t_end: text('line_item_usage_end_date'),
        t_quantity: text('line_item_usage_amount'),
        unit: text('pricing_unit'),
        service: text('line_item_product_code'),
        usage_type: text('line_item_usage_type'),
        operation: text('line_item_operation'),
        region: text('product_region_code', 'product_region'),
        resource: text('line_item_resource_id'),
        allocated: "''",
        account: text('line_item_usage_account_id'),
        line_id: `concat(${text('identity_line_item_id')}, ' ', ${text('identity_time_interval')})`,
        lacks: cur.lacks,
      }
  const tags = focus ? 'Tags' : 'resource_tags'
  for (const key of ['event', 'venue'] as const) fields[key] = tagText(columns, tags, TAG[key], text)
  return Object.entries(fields)
    .map(([name, expression]) => `${expression} AS ${name}`)
    .join(', ')
}

function tagText(columns: Columns, column: string, key: string, text: ColumnText): string {
  const name = found(columns, column)
  if (name === undefined) return text(curTag(key))
  const forms = [key, `user:${key}`, `user_${key.replaceAll(/\W/g, '_')}`, `user_${key}`]
  const type = columns.get(name) ?? ''
  const read = type.startsWith('MAP')
    ? forms.map((form) => `"${name}"['${form}']`)
    : forms.map((form) => `json_extract_string("${name}", '$."${form}"')`)
  const all = `coalesce(${read.join(', ')}, '')`
  return type.startsWith('MAP')
    ? all
    : `CASE WHEN contains("${name}", 'micropop') AND json_valid("${name}") THEN ${all} ELSE '' END`
}

function curTag(key: string): string {
  return `resource_tags_user_${key.replaceAll(/\W/g, '_')}`
}

/** The column as the file writes it: exports through other tools change capitals. */
function found(columns: Columns, name: string): string | undefined {
  for (const column of columns.keys()) if (column.toLowerCase() === name.toLowerCase()) return column
  return undefined
}
