// The kinds of values an event file has, each with the sentence that is told when it is wrong.
import * as z from 'zod'
import { quote, show } from './quote.ts'
import { didYouMean } from './suggest.ts'
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

interface RawIssue {
  code?: string
  input?: unknown
  path?: PropertyKey[]
}

/** Tells a missing key, a key without a value, and a value of the wrong kind apart. */
export function expected(what: string, example: string): (issue: RawIssue) => string {
  return ({ input, path }) => {
    const key = String(path?.at(-1) ?? '')
    if (input === undefined) return `missing key "${key}"; write ${what}, such as \`${key}: ${example}\``
    if (input === null) return `"${key}" has no value; write ${what}, such as \`${key}: ${example}\``
    return `expected ${what} such as ${example}, found ${show(input)}`
  }
}

/** A section with these keys and no others. `where` completes "unknown key … in". */
export function section<S extends z.ZodRawShape>(where: string, shape: S) {
  const keys = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      // One line for each key: they have different places in the file.
      if (issue.code === 'unrecognized_keys') {
        const unknown = issue.keys as string[]
        return unknown.map((key) => `unknown key "${key}" in ${where}${didYouMean(key, keys)}`).join('\n')
      }
      const key = String(issue.path?.at(-1) ?? '')
      if (issue.input === undefined) return `missing key "${key}"; write a section with ${keys.join(', ')}`
      return `expected a section with the keys ${keys.join(', ')}, found ${show(issue.input)}`
    },
  })
}

/** A list of `item`s. */
export function listOf<T extends z.ZodType>(item: T, what: string, min: number, max: number) {
  return z
    .array(item, {
      error: ({ input, path }) => {
        const key = String(path?.at(-1) ?? '')
        if (input === undefined) return `missing key "${key}"; write a list of ${what}`
        return `expected a list of ${what}, found ${show(input)}`
      },
    })
    .min(min, { error: `the list of ${what} is empty; write at least ${min}` })
    .max(max, {
      error: ({ input }) => `${(input as unknown[]).length} ${what} are more than the ${max} that are read`,
    })
}

/** Free text of one line. */
export function text(what: string, example: string, maxChars = 200) {
  return z
    .string({
      error: (issue) => {
        const scalar = typeof issue.input === 'number' || typeof issue.input === 'boolean'
        const said = expected(what, example)(issue)
        return scalar ? `${said}; put it in quotes: "${String(issue.input)}"` : said
      },
    })
    .refine((value) => value.trim() !== '' && !/\p{Cc}/u.test(value), {
      error: `is empty or has line breaks; write ${what} such as ${example}`,
    })
    .max(maxChars, {
      error: ({ input }) => `has ${String(input).length} characters; write at most ${maxChars}`,
    })
    .meta({ examples: [example] })
}

export const NAME_PATTERN = /^[a-z][a-z0-9-]{0,39}$/

/** A name that becomes part of resource names, host names and tags. */
export function name(what: string, example: string) {
  return z
    .string({ error: expected(what, example) })
    .regex(NAME_PATTERN, { error: ({ input }) => notAName(String(input), example) })
}

/** What is wrong with a name, and the nearest name that is allowed. */
export function notAName(input: string, example: string): string {
  const slug = input
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
  const instead = NAME_PATTERN.test(slug) ? slug : example
  return `${quote(input)} is not a name: it takes a to z, 0 to 9 and "-", starts with a letter, at most 40; write ${instead}`
}

/** One of a fixed set of words. `what` completes "is not". */
export function oneOf<const T extends readonly string[]>(what: string, words: T) {
  return z.enum(words, {
    error: (issue) => {
      const { input } = issue
      if (typeof input !== 'string') return expected(what, words[0] ?? '')(issue)
      return `${quote(input)} is not ${what}${didYouMean(input, words)}`
    },
  })
}

/** A whole number from `min` to `max`. `what` is plural, e.g. `attendees`. */
export function count(what: string, example: number, min: number, max: number) {
  return bounded(
    z.int({ error: expected(`a whole number of ${what}`, String(example)) }),
    what,
    example,
    min,
    max,
  )
}

/** A number from `min` to `max`. */
export function amount(what: string, example: number, min: number, max: number) {
  return bounded(
    z.number({ error: expected(`a number of ${what}`, String(example)) }),
    what,
    example,
    min,
    max,
  )
}

function bounded<T extends z.ZodNumber>(
  schema: T,
  what: string,
  example: number,
  min: number,
  max: number,
): T {
  const below = ({ input }: RawIssue) => {
    const wrong = Number(input) < 0 ? 'is negative' : `is less than ${min}`
    return `${input} ${wrong}; write a number of ${what} such as ${example}`
  }
  const above = ({ input }: RawIssue) => `${input} ${what} are more than ${max}, the most that can be planned`
  return schema.min(min, { error: below }).max(max, { error: above }) as T
}

export function flag(what: string) {
  return z.boolean({ error: expected(what, 'true') })
}

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

/** Bytes, from text such as `40 GB`. */
export function size(example: string, max: string) {
  return quantity('a size with its unit', example, PATTERNS.size, readSize, (bytes) => {
    if (bytes === 0) return 'is zero'
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

/** A fraction over 0 up to 1, from text such as `35 %`. */
export function share(example: string) {
  return quantity('a share in percent', example, PATTERNS.share, readShare, (fraction) => {
    if (fraction === 0) return 'is zero; leave this kind of link out'
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
