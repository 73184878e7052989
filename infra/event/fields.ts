// The kinds of values of an event file, each with the sentence that is told when it is wrong.
import * as z from 'zod'
import { quote, show } from './quote.ts'
import { didYouMean } from './suggest.ts'

interface RawIssue {
  code?: string
  input?: unknown
  path?: PropertyKey[]
}

/** Tells a missing key, a key without a value, and a value of the wrong kind apart. */
export function expected(what: string, example: string): (issue: RawIssue) => string {
  return ({ input, path }) => {
    const key = path?.at(-1)
    const line = typeof key === 'number' ? example : `\`${String(key)}: ${example}\``
    if (input === undefined) return `missing key "${String(key)}"; write ${what}, such as ${line}`
    if (input === null) {
      const subject = typeof key === 'number' ? 'this item' : `"${String(key)}"`
      return `${subject} has no value; write ${what}, such as ${line}`
    }
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
      error: `the text is empty or has line breaks; write ${what} such as ${example}`,
    })
    .max(maxChars, {
      error: ({ input }) => `has ${String(input).length} characters; write at most ${maxChars}`,
    })
    .meta({ examples: [example] })
}

/** Also a Kubernetes namespace, a DNS label and an RDS name: those refuse a `-` at the end or beside another. */
export const NAME_PATTERN = /^[a-z]([a-z0-9]|-(?=[a-z0-9])){0,39}$/

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
    .replace(/^[^a-z]+/, '')
    .slice(0, 40)
    .replace(/-$/, '')
  const instead = NAME_PATTERN.test(slug) ? slug : example
  return `${quote(input)} is not a name: it takes a to z, 0 to 9 and "-" between them, starts with a letter, at most 40; write ${instead}`
}

/** One of a fixed set of words. `what` completes "is not". */
export function oneOf<const T extends readonly string[]>(
  what: string,
  words: T,
  example: string = words[0] ?? '',
) {
  return z.enum(words, {
    error: (issue) => {
      const { input } = issue
      if (typeof input !== 'string') return expected(what, example)(issue)
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

export function flag() {
  return z.boolean({
    error: (issue) =>
      issue.input === undefined || issue.input === null
        ? expected('true or false', 'true')(issue)
        : `expected true or false, found ${show(issue.input)}`,
  })
}
