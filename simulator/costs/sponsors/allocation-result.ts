// A forecast's total, split. The parts are whole cents and sum to the total rounded to the cent.

export const ALLOCATIONS = ['sponsor', 'venue', 'cost-centre'] as const
export type AllocationKey = (typeof ALLOCATIONS)[number]

export interface Allocation {
  by: AllocationKey
  /** `of` null: nobody is there to bear it. By name, that one last. */
  parts: { of: string | null; exact: bigint; amount: bigint }[]
  total: bigint
}
