// Bills for tests, written by the hour as AWS writes them: CUR 2.0 and FOCUS, knowing nothing of forecasts.

export interface BillRow {
  hour: number
  resource: string
  usageType: string
  quantity: string
  cost: string
  product?: string
  operation?: string
  type?: string
  unit?: string
  /** null: no tag. */
  event?: string | null
  venue?: string
  currency?: string
  region?: string
  /** Other columns of a CUR, or other values for these. */
  more?: Record<string, string>
  /** Whom a part of a charge is for, in FOCUS. */
  allocatedTo?: string
}

/** The hour that hours are counted from. */
export const BILL_START_MS = Date.parse('2026-12-02T00:00:00Z')
const HOUR_MS = 3_600_000
const ACCOUNT = '111122223333'

export const CUR = [
  'identity_line_item_id',
  'identity_time_interval',
  'line_item_usage_account_id',
  'line_item_line_item_type',
  'line_item_usage_start_date',
  'line_item_usage_end_date',
  'line_item_product_code',
  'line_item_usage_type',
  'line_item_operation',
  'line_item_resource_id',
  'line_item_usage_amount',
  'line_item_currency_code',
  'line_item_unblended_cost',
  'pricing_unit',
  'product_region_code',
  'resource_tags',
]
const FOCUS = [
  'AllocatedResourceId',
  'BilledCost',
  'EffectiveCost',
  'BillingCurrency',
  'ChargeCategory',
  'ChargeClass',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'PricingQuantity',
  'PricingUnit',
  'ServiceName',
  'x_UsageType',
  'x_Operation',
  'RegionId',
  'ResourceId',
  'SubAccountId',
  'Tags',
]

/** `count` hours of one resource. */
export function hourly(count: number, row: Omit<BillRow, 'hour'>): BillRow[] {
  return Array.from({ length: count }, (_, hour) => ({ hour, ...row }))
}

export function curBill(rows: BillRow[], columns: readonly string[] = CUR): string {
  return csv(columns, rows, (row, i) => {
    const { start, end } = periodOf(row)
    const tags = tagsOf(row, (key) => `user_micropop_${key}`)
    return {
      identity_line_item_id: `id${i}`,
      identity_time_interval: `${start}/${end}`,
      line_item_usage_account_id: ACCOUNT,
      line_item_line_item_type: row.type ?? 'Usage',
      line_item_usage_start_date: start,
      line_item_usage_end_date: end,
      line_item_product_code: row.product ?? 'AmazonEC2',
      line_item_usage_type: row.usageType,
      line_item_operation: row.operation ?? 'RunInstances',
      line_item_resource_id: row.resource,
      line_item_usage_amount: row.quantity,
      line_item_currency_code: row.currency ?? 'USD',
      line_item_unblended_cost: row.cost,
      pricing_unit: row.unit ?? 'Hrs',
      product_region_code: row.region ?? 'eu-west-1',
      resource_tags: tags,
      ...row.more,
    }
  })
}

export function focusBill(rows: BillRow[], columns: readonly string[] = FOCUS): string {
  return csv(columns, rows, (row) => {
    const { start, end } = periodOf(row)
    const refund = row.type === 'Refund'
    return {
      AllocatedResourceId: row.allocatedTo ?? '',
      BilledCost: row.cost,
      EffectiveCost: row.cost,
      BillingCurrency: row.currency ?? 'USD',
      ChargeCategory: refund ? 'Usage' : (row.type ?? 'Usage'),
      ChargeClass: refund ? 'Correction' : '',
      ChargePeriodStart: start,
      ChargePeriodEnd: end,
      PricingQuantity: row.quantity,
      PricingUnit: row.unit ?? 'Hrs',
      ServiceName: row.product ?? 'AmazonEC2',
      x_UsageType: row.usageType,
      x_Operation: row.operation ?? 'RunInstances',
      RegionId: row.region ?? 'eu-west-1',
      ResourceId: row.resource,
      SubAccountId: ACCOUNT,
      Tags: tagsOf(row, (key) => `micropop:${key}`),
    }
  })
}

function periodOf({ hour }: BillRow): { start: string; end: string } {
  const at = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`
  return { start: at(BILL_START_MS + hour * HOUR_MS), end: at(BILL_START_MS + (hour + 1) * HOUR_MS) }
}

function tagsOf({ event = 'show', venue = 'hall' }: BillRow, key: (name: string) => string): string {
  if (event === null) return '{}'
  return JSON.stringify({ [key('event')]: event, ...(venue !== '' && { [key('venue')]: venue }) })
}

function csv(
  columns: readonly string[],
  rows: BillRow[],
  fields: (row: BillRow, i: number) => Record<string, string>,
): string {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = rows.map((row, i) => {
    const of = fields(row, i)
    return columns.map((column) => quoted(of[column] ?? '')).join(',')
  })
  return `${[columns.join(','), ...lines].join('\n')}\n`
}
