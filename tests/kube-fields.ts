// Compares an object of Kubernetes with what a server holds of it, in the fields that the object sets.

/** Of quantities, which a server writes as shortly as it can. Source: Kubernetes API conventions, resource.Quantity. */
const SUFFIXES: Record<string, number> = {
  ...{ m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
}
const QUANTITIES = /\.(requests|limits|capacity)\.\w+$|\.sizeLimit$/

/** Paths of `set` at which `held` has something else; what only `held` has is a default of the server's. */
export function differences(set: unknown, held: unknown, path: string): string[] {
  if (Array.isArray(set) && Array.isArray(held) && set.length !== held.length) return [path]
  if (typeof set === 'object' && set !== null && typeof held === 'object' && held !== null) {
    const of = held as Record<string, unknown>
    return Object.entries(set).flatMap(([key, value]) => differences(value, of[key], `${path}.${key}`))
  }
  if (QUANTITIES.test(path)) return quantity(set) === quantity(held) ? [] : [path]
  return set === held ? [] : [path]
}

function quantity(text: unknown): number {
  const [, amount, suffix = ''] = /^([0-9.]+)([A-Za-z]*)$/.exec(String(text)) ?? []
  return Number(amount) * (SUFFIXES[suffix] ?? Number.NaN)
}
