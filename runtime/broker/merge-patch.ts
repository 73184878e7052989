// JSON merge patches (RFC 7396): what changed between two bodies of a channel that carries a state.

type Json = Record<string, unknown>

/**
 * The patch that makes `to` of `from`; null where none can: one of them is no object, or `to` holds a null that is new,
 * which a patch reads as "remove". Both are JSON.
 */
export function mergePatch(from: unknown, to: unknown): Json | null {
  if (!isObject(from) || !isObject(to)) return null
  const changes: [string, unknown][] = []
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(value)) continue
    // A member that was no object is replaced as by a patch of an empty one.
    const change = isObject(value) ? mergePatch(isObject(before) ? before : {}, value) : value
    if (change === null) return null
    if (isObject(change) && isObject(before) && Object.keys(change).length === 0) continue
    changes.push([key, change])
  }
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) changes.push([key, null])
  return Object.fromEntries(changes)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
