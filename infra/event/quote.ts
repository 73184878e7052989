// How a value from a file is shown in a message: short, escaped, and never an object's insides.

const MAX_SHOWN_CHARS = 60

/** The text in double quotes, shortened, control characters escaped: it goes to a terminal. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS - 3)}…` : text)
}

/** Any value of the file, for "expected …, found …". */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section of keys'
  return String(value)
}
