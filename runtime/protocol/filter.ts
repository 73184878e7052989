// Typed filters and aggregates: what a subscription or query asks the PoP to evaluate, so that only matches travel.

/** `client`, `at`, `t`, `off`, or a path into the body: `body`, `body.choice`, `body.answers.0`. */
export type FieldPath = string
export type Scalar = string | number | boolean | null

/** A message in which the field is missing matches only `not`, `or` and `exists` around it. */
export type Filter =
  | { eq: [FieldPath, Scalar] }
  | { ne: [FieldPath, Scalar] }
  | { lt: [FieldPath, number | string] }
  | { le: [FieldPath, number | string] }
  | { gt: [FieldPath, number | string] }
  | { ge: [FieldPath, number | string] }
  | { in: [FieldPath, Scalar[]] }
  | { prefix: [FieldPath, string] }
  | { exists: FieldPath }
  | { and: Filter[] }
  | { or: Filter[] }
  | { not: Filter }

/**
 * A message counts where it has the field, as a scalar or a list of scalars, of which each counts once; for a
 * histogram as a number. `per: 'client'`: the newest message of each client counts, and takes the place of its earlier
 * one (a changed vote).
 */
export type Aggregate =
  | { is: 'count'; by?: FieldPath; per?: 'client' }
  | { is: 'top'; k: number; by: FieldPath }
  /** Buckets (-∞, edges[0]), [edges[0], edges[1]), … [edges.at(-1), ∞). */
  | { is: 'histogram'; of: FieldPath; edges: number[] }
  | { is: 'distinct'; of: FieldPath }

/** A value of an aggregate, as it is told; `n` is the number of messages in it. */
export type AggregateValue =
  /** `other`: in groups beyond the number that is kept. `beyond`: messages of clients beyond it, counted nowhere else. */
  | { is: 'count'; n: number; by?: Record<string, number>; other?: number; beyond?: number }
  /** The true count of a value lies between `count` less `error` and `count`. */
  | { is: 'top'; n: number; top: { value: string; count: number; error: number }[] }
  | { is: 'histogram'; n: number; buckets: number[] }
  /** `error`: relative standard error of the estimate. */
  | { is: 'distinct'; n: number; estimate: number; error: number }
