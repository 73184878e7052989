// How a message's body, any JSON, is stored: as jsonb wherever PostgreSQL can hold it, else as the text it was.

export interface StoredBody {
  /** JSON text that PostgreSQL reads as jsonb; null where it cannot. */
  body: string | null
  /** The same JSON where jsonb cannot hold it. Exactly one of both is given. */
  bodyText: string | null
}

/** PostgreSQL's parser is recursive: beyond its stack it fails, and an embedded one may never return. */
const JSONB_DEPTH_MAX = 512

/** NUL is no character of a PostgreSQL text and a lone surrogate none of UTF-8: `JSON.stringify` escapes both. */
const NOT_IN_JSONB = /\\u(?:0000|d[89a-f])/

/** Lossless and total: no body an attendee sends can stop a batch. RangeError where JSON.stringify gives up. */
export function storedBody(value: unknown): StoredBody {
  const text = JSON.stringify(value)
  return NOT_IN_JSONB.test(text) || nestsDeeperThan(value, JSONB_DEPTH_MAX)
    ? { body: null, bodyText: text }
    : { body: text, bodyText: null }
}

function nestsDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((child) => nestsDeeperThan(child, levels - 1))
}
