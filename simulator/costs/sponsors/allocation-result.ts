// A forecast split by sponsor, venue or cost centre: its total in whole cents, or each of its lines exactly.

export const ALLOCATIONS = ['sponsor', 'venue', 'cost-centre'] as const
export type AllocationKey = (typeof ALLOCATIONS)[number]

/** The parts are whole cents and sum to the total rounded to the cent. */
export interface Allocation {
  by: AllocationKey
  /** `of` null: nobody is there to bear it. By name, that one last. */
  parts: { of: string | null; exact: bigint; amount: bigint }[]
  total: bigint
}

/** What one bears of a line. The parts of a line sum to it, each figure exactly. */
export interface LinePart {
  /** null: nobody is there to bear it. */
  of: string | null
  /** Of the line, an exact decimal to 12 places; all parts together are 1. */
  ratio: string
  /** Exact decimal. */
  quantity: string
  /** At the list price. */
  list: bigint
  /** After the discount, before tax. */
  amount: bigint
  /** Of all people with the sponsor's features together, which the ratio comes from; null: the line is not shared. */
  userSeconds: string | null
}

export interface LineAllocation {
  by: AllocationKey
  /** In the order of the forecast's lines; at least one part each. */
  lines: LinePart[][]
}
