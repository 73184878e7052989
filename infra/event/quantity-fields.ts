// Values with a unit in an event file: read to base units within bounds, or told what to write.
import * as z from 'zod'
import { expected } from './fields.ts'
import { quote } from './quote.ts'
import {
  PATTERNS,
  type Read,
  readBitRate,
  readDuration,
  readMilliseconds,
  readMoney,
  readRate,
  readShare,
  readSize,
} from './units.ts'
import { LOCAL_TIME_PATTERN, readLocalTime } from './zoned-time.ts'

/** Seconds, from text such as `90s` or `1h30m`. */
export function duration(example: string, bounds: { min: string; max: string; wholeSeconds?: boolean }) {
  return quantity('a duration with its unit', example, PATTERNS.duration, readDuration, (seconds) => {
    if (bounds.wholeSeconds && !Number.isInteger(seconds)) return 'is not a whole number of seconds'
    if (seconds < limit(bounds.min)) return `is shorter than ${bounds.min}, the least that makes sense here`
    if (seconds > limit(bounds.max)) return `is longer than ${bounds.max}, the most that is allowed here`
    return undefined
  })
}

/** Milliseconds, from text such as `30ms`. */
export function milliseconds(example: string, max: string) {
  return quantity('a duration with its unit', example, PATTERNS.duration, readMilliseconds, (ms) => {
    if (ms <= 0) return 'is zero'
    return ms > limit(max) * 1_000 ? `is longer than ${max}, the most that is allowed here` : undefined
  })
}

/** Bytes, from text such as `40 GB`. `min.why` completes "the least that". */
export function size(example: string, max: string, min?: { size: string; why: string }) {
  return quantity('a size with its unit', example, PATTERNS.size, readSize, (bytes) => {
    if (bytes === 0) return 'is zero'
    if (min && bytes < limit(min.size)) return `is less than ${min.size}, the least that ${min.why}`
    return bytes > limit(max) ? `is more than ${max}, the most that is allowed here` : undefined
  })
}

/** bit/s, from text such as `100 Mbit/s`. */
export function bitRate(example: string, max: string) {
  return quantity('a bit rate with its unit', example, PATTERNS.bitRate, readBitRate, (rate) => {
    if (rate === 0) return 'is zero'
    return rate > limit(max) ? `is more than ${max}, the most that is allowed here` : undefined
  })
}

/** Pico-dollars, from text such as `900 USD`. */
export function money(example: string, max: string) {
  return quantity('an amount with its currency', example, PATTERNS.money, readMoney, (pico) => {
    const most = readMoney(max)
    return most.ok && pico > most.value ? `is more than ${max}, the most that is allowed here` : undefined
  })
}

/** A fraction over 0 up to 1, from text such as `35 %`; with `orNone` from 0. */
export function share(example: string, { orNone = false } = {}) {
  return quantity('a share in percent', example, PATTERNS.share, readShare, (fraction) => {
    if (fraction === 0 && !orNone) return 'is zero'
    return fraction > 1 ? 'is more than 100 %' : undefined
  })
}

/** Mean number in a minute, from text such as `3/min`. */
export function rate(example: string, max: string) {
  return quantity('a rate', example, PATTERNS.rate, readRate, (perMinute) => {
    const most = readRate(max)
    return most.ok && perMinute > most.value
      ? `is more than ${max}, the most that is allowed here`
      : undefined
  })
}

/** A time by the clocks of a zone that is told elsewhere. */
export const localTime = z
  .string({ error: expected('a local time', '2026-12-03T09:00') })
  .meta({ pattern: LOCAL_TIME_PATTERN, examples: ['2026-12-03T09:00'] })
  .transform((input, context) => {
    const read = readLocalTime(input)
    if (read.ok) return read.value
    context.issues.push({ code: 'custom', message: read.why, input })
    return z.NEVER
  })

function quantity<T>(
  what: string,
  example: string,
  pattern: string,
  read: (text: string) => Read<T>,
  refuse: (value: T) => string | undefined,
) {
  return z
    .string({
      error: (issue) => {
        // A bare number lacks its unit: the reader says so better.
        const result = typeof issue.input === 'number' ? read(String(issue.input)) : undefined
        return result && !result.ok ? result.why : expected(what, example)(issue)
      },
    })
    .meta({ pattern, examples: [example] })
    .transform((input, context) => {
      const result = read(input)
      const why = result.ok ? refuse(result.value) : undefined
      if (result.ok && why === undefined) return result.value
      const message = result.ok ? `${quote(input)} ${why}; write ${what} such as ${example}` : result.why
      context.issues.push({ code: 'custom', message, input })
      return z.NEVER
    })
}

/** A bound of this file's own fields, in base units. */
function limit(text: string): number {
  for (const read of [readDuration, readSize, readBitRate]) {
    const result = read(text)
    if (result.ok) return result.value
  }
  throw new RangeError(`not a bound: ${text}`)
}
