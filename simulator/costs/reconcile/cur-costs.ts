// What a line of a CUR 2.0 costs: AWS's amortised cost, in which a commitment is counted once, where it was used.

/** A column's text, or the first of several that has one; `''` where the file lacks them all. */
export type ColumnText = (...names: string[]) => string

export const MONEY = 'DECIMAL(38,12)'

/**
 * Expressions of a line's cost, and of the column that it would need and has no value of (`''`: none).
 *
 * What a commitment covers costs its share of the commitment, not the on-demand price that stands beside it. Fees cost
 * what nobody used of them: the rest is on the lines that they cover. What is paid at once is on those lines too, over
 * the term. Columns are of AWS's data dictionary of CUR 2.0, its line item, reservation, savings plan and discount columns
 * and of its pages on Savings Plans and unused reservations (docs.aws.amazon.com/cur, read 2026-11-30); the cases are
 * those of AWS's Cloud Intelligence Dashboards.
 *
 * An export either has discounts in columns, and then the net columns are after them, or as lines of their own
 * ("manual discount compatibility"), and then it lacks these columns and the unblended cost is right.
 */
export function curCost(text: ColumnText, has: (name: string) => boolean): { cost: string; lacks: string } {
  const inColumns = has('discount_total_discount') || has('discount')
  const net = (column: string, gross: string) => (inColumns ? text(column, gross) : text(gross))
  const type = text('line_item_line_item_type')
  const plain = net('line_item_net_unblended_cost', 'line_item_unblended_cost')
  const covered: [type: string, column: string, cost: string][] = [
    [
      'SavingsPlanCoveredUsage',
      'savings_plan_savings_plan_effective_cost',
      net('savings_plan_net_savings_plan_effective_cost', 'savings_plan_savings_plan_effective_cost'),
    ],
    [
      'DiscountedUsage',
      'reservation_effective_cost',
      net('reservation_net_effective_cost', 'reservation_effective_cost'),
    ],
    [
      'SavingsPlanRecurringFee',
      'savings_plan_total_commitment_to_date and savings_plan_used_commitment',
      both(text('savings_plan_total_commitment_to_date'), '-', text('savings_plan_used_commitment')),
    ],
    [
      'RIFee',
      'reservation_unused_amortized_upfront_fee_for_billing_period and reservation_unused_recurring_fee',
      both(
        net(
          'reservation_net_unused_amortized_upfront_fee_for_billing_period',
          'reservation_unused_amortized_upfront_fee_for_billing_period',
        ),
        '+',
        net('reservation_net_unused_recurring_fee', 'reservation_unused_recurring_fee'),
      ),
    ],
  ]
  const paidAtOnce = [
    `${type} = 'SavingsPlanUpfrontFee'`,
    `${type} = 'Fee' AND ${text('reservation_reservation_a_r_n')} <> ''`,
    `${type} = 'Refund' AND ${text('line_item_product_code')} LIKE '%SavingsPlans'`,
  ]
  const cases = covered.map(([of, , cost]) => `WHEN ${type} = '${of}' AND ${cost} <> '' THEN ${cost}`)
  const holes = covered.map(
    ([of, column, cost]) => `WHEN ${type} = '${of}' AND ${cost} = '' THEN '${column}'`,
  )
  return {
    cost: `CASE ${cases.join(' ')} WHEN ${paidAtOnce.map((where) => `(${where})`).join(' OR ')} THEN '0' ELSE ${plain} END`,
    lacks: `CASE ${holes.join(' ')} ELSE '' END`,
  }
}

/** Two columns in one, as text: empty where one of them is, and no number where one of them is none. */
function both(a: string, sign: '+' | '-', b: string): string {
  const sum = `CAST(TRY_CAST(${a} AS ${MONEY}) ${sign} TRY_CAST(${b} AS ${MONEY}) AS VARCHAR)`
  return `CASE WHEN ${a} = '' OR ${b} = '' THEN '' ELSE coalesce(${sum}, 'no number') END`
}
