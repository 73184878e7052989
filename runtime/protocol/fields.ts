// Reads the fields of a body that came over the wire, each with its bound, and says what is wrong with the first one.
import { isCount } from './parse-object.ts'

export type Parsed<T> = { ok: T } | { wrong: string }

export const ID = /^[A-Za-z0-9_-]{1,64}$/
export const ID_SAYS = '1 to 64 of A-Z a-z 0-9 _ -'

/** JSON.parse takes any depth, JSON.stringify ends in a stack overflow. */
const JSON_LEVELS_MAX = 16

class Wrong extends Error {}

/** What `read` makes of an object; unknown fields are wrong too. Never throws; `wrong` is fit to be shown. */
export function readFields<T>(value: unknown, read: (fields: Fields) => T): Parsed<T> {
  try {
    return { ok: readObject(value, 'the body', read) }
  } catch (error) {
    if (error instanceof Wrong) return { wrong: error.message }
    throw error
  }
}

function readObject<T>(value: unknown, name: string, read: (fields: Fields) => T): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Wrong(`${name} must be an object`)
  const fields = new Fields(value as Record<string, unknown>)
  const result = read(fields)
  fields.end()
  return result
}

export class Fields {
  readonly #of: Record<string, unknown>
  readonly #known = new Set<string>()

  constructor(of: Record<string, unknown>) {
    this.#of = of
  }

  has(name: string): boolean {
    return this.#take(name) !== undefined
  }

  oneOf<const T extends string | boolean>(name: string, values: readonly T[]): T {
    const value = this.#take(name)
    if (!values.includes(value as T)) throw new Wrong(`\`${name}\` must be ${values.join(', ')}`)
    return value as T
  }

  id(name: string): string {
    return this.matching(name, ID, ID_SAYS)
  }

  matching(name: string, pattern: RegExp, says: string): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || !pattern.test(value)) throw new Wrong(`\`${name}\` must be ${says}`)
    return value
  }

  /** 1 to `lengthMax` UTF-16 code units. */
  text(name: string, lengthMax: number): string {
    return text(this.#take(name), `\`${name}\``, lengthMax)
  }

  /** A finite number. */
  number(name: string, min: number, max: number): number {
    const value = this.#take(name)
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw new Wrong(`\`${name}\` must be a number from ${min} to ${max}`)
    return value
  }

  whole(name: string, min: number, max: number): number {
    const value = this.#take(name)
    if (!isCount(value) || value < min || value > max)
      throw new Wrong(`\`${name}\` must be a whole number from ${min} to ${max}`)
    return value
  }

  texts(name: string, min: number, max: number, lengthMax: number): string[] {
    return this.#list(name, min, max).map((item, i) => text(item, `\`${name}[${i}]\``, lengthMax))
  }

  object<T>(name: string, read: (fields: Fields) => T): T {
    return readObject(this.#take(name), `\`${name}\``, read)
  }

  objects<T>(name: string, min: number, max: number, read: (fields: Fields) => T): T[] {
    return this.#list(name, min, max).map((item, i) => readObject(item, `\`${name}[${i}]\``, read))
  }

  /** Any JSON of at most `charsMax` characters. */
  json(name: string, charsMax: number): unknown {
    const value = this.#take(name)
    if (nestsDeeper(value, JSON_LEVELS_MAX))
      throw new Wrong(`\`${name}\` is nested deeper than ${JSON_LEVELS_MAX} levels`)
    if ((JSON.stringify(value)?.length ?? 0) > charsMax)
      throw new Wrong(`\`${name}\` must take at most ${charsMax} characters as JSON`)
    return value
  }

  end(): void {
    const unknown = Object.keys(this.#of).find((name) => !this.#known.has(name))
    if (unknown === undefined) return
    throw new Wrong(`\`${unknown.slice(0, 40)}\` is not known here: ${[...this.#known].join(', ')}`)
  }

  #list(name: string, min: number, max: number): unknown[] {
    const value = this.#take(name)
    if (!Array.isArray(value) || value.length < min || value.length > max)
      throw new Wrong(`\`${name}\` must be a list of ${min} to ${max}`)
    return value
  }

  #take(name: string): unknown {
    this.#known.add(name)
    return Object.hasOwn(this.#of, name) ? this.#of[name] : undefined
  }
}

function text(value: unknown, name: string, lengthMax: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > lengthMax)
    throw new Wrong(`${name} must be a text of 1 to ${lengthMax} characters`)
  return value
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1))
}
