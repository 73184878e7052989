// One text for equal data, and its digest: what a forecast is frozen by.
// Source: RFC 8785, "JSON Canonicalization Scheme": keys by their UTF-16 code units, no white space.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${canonicalJson(of)}`).join(',')}}`
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Digest of a file's bytes. */
export function fileHash(file: string): string {
  return sha256(readFileSync(file))
}
