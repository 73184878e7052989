// The first step at every door of the wire: one JSON object from a text frame, or what is wrong with it.

export type ParsedObject = { ok: Record<string, unknown> } | { wrong: string }

/** Never throws; `wrong` is fit to be shown to the sender. */
export function parseObject(text: string): ParsedObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { wrong: 'not JSON' }
  }
  if (typeof value !== 'object' || value === null) return { wrong: 'not an object' }
  return { ok: value as Record<string, unknown> }
}

/** A whole number from 0 that JSON carries exactly. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
