// Values that the engine marks as secret: wrapped on the wire, and kept so where they are handed back.

/** Keys and the signature by which Pulumi marks a value (sdk/go/common/resource, `SigKey`). */
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d'
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270'

/** The value without its marks, at any depth: what the cloud itself would see. */
export function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped)
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  if (fields[SIGNATURE_KEY] === SECRET_SIGNATURE) return unwrapped(fields.value)
  return Object.fromEntries(Object.entries(fields).map(([key, each]) => [key, unwrapped(each)]))
}
