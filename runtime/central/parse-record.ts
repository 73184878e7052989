// The door for one record of an uplink frame: typed, or what is wrong with it.
import type { UplinkRecord } from '../protocol/uplink.ts'

/** With `@`, the PoP itself. */
const CLIENT = /^@?[A-Za-z0-9_-]{1,64}$/
const CHANNEL_CHARS_MAX = 256
/** What a smallint holds. */
const PARTITION_MAX = 32_767
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const CONTROL = /[\u0000-\u001f\u007f]/

/** Also what the PoP adds of its own is kept, where it is there and whole. */
export function parseRecord(value: unknown): { ok: UplinkRecord } | { wrong: string } {
  if (typeof value !== 'object' || value === null) return { wrong: 'not an object' }
  const { client, seq, ch, body, at, off, part, t } = value as Record<string, unknown>
  if (!matches(client, CLIENT)) return { wrong: '`client` must be 1 to 64 of A-Z a-z 0-9 _ -' }
  if (!isWhole(seq, 1)) return { wrong: '`seq` must be a whole number from 1' }
  if (!isChannel(ch)) {
    return { wrong: `\`ch\` must be 1 to ${CHANNEL_CHARS_MAX} characters, no control characters` }
  }
  if (!isTime(at)) return { wrong: '`at` must be ms since the Unix epoch' }
  if (body === undefined) return { wrong: '`body` is missing' }
  if (off !== undefined && !isWhole(off, 1)) return { wrong: '`off` must be a whole number from 1' }
  if (part !== undefined && !(isWhole(part, 0) && part <= PARTITION_MAX)) {
    return { wrong: `\`part\` must be 0 to ${PARTITION_MAX}` }
  }
  if (t !== undefined && !isTime(t)) return { wrong: '`t` must be ms since the Unix epoch' }
  const own = { ...(off !== undefined && { off }), ...(part !== undefined && { part }) }
  return { ok: { client, seq, ch, body, at, ...own, ...(t !== undefined && { t }) } }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isChannel(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= CHANNEL_CHARS_MAX &&
    value.isWellFormed() &&
    !CONTROL.test(value)
  )
}

export function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

export function isWhole(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min
}
