// A YAML file read with the place of every key and value, so that any later complaint can point at it.
import {
  isAlias,
  isMap,
  isPair,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'
import type { Place } from '../../runtime/errors.ts'
import { InvalidEvent, type Problem } from './problems.ts'
import { readTextFile } from './text-file.ts'
import { quote } from './units.ts'

export type Path = readonly (string | number)[]

export interface YamlSource {
  /** As it is shown in messages. */
  file: string
  /** Plain data, aliases resolved. */
  data: unknown
  /** Keys that are written twice in one mapping. The data has the last of them. */
  duplicateKeys: readonly { path: Path; place: Place; firstLine: number }[]
  /** Where the value at `path` starts; of the nearest ancestor's key where there is none. */
  valueAt(path: Path): Place
  /** Where the key (or the list item) at `path` starts; of the nearest ancestor's key where there is none. */
  keyAt(path: Path): Place
}

export const MAX_YAML_BYTES = 1_000_000

/** Aliases may be used, but not to blow a small file up: each counts the nodes it stands for. */
const MAX_ALIAS_COUNT = 100

/** What to write, for the mistakes in YAML that people make most; keys are codes of the `yaml` package. */
const ADVICE: Record<string, string> = {
  BAD_INDENT: 'the indentation or a bracket does not fit; keys of one section start in the same column',
  TAB_AS_INDENT: 'a tab is used for indentation; write spaces',
  BLOCK_AS_IMPLICIT_KEY:
    'there are two colons in one line; put the text in quotes, or the second key on its own line',
  MULTILINE_IMPLICIT_KEY: 'a key has no colon; write `key: value`',
  MULTIPLE_DOCS: 'a second document starts here; keep one event in a file and remove this `---`',
  MISSING_CHAR: 'a bracket, a quote, a colon or a comma is missing before this point',
  RESOURCE_EXHAUSTION: 'this is nested too deeply to be read',
  NON_STRING_KEY: 'a list or a mapping stands where a key belongs; write `key: value`',
  BAD_SCALAR_START: 'a plain text may not start with this character; put it in quotes',
  BAD_ALIAS: 'an alias (`*name`) is not written correctly',
}

/**
 * Reads and parses. Throws `InvalidEvent` when the file is missing, too large, not YAML or not a mapping.
 *
 * @param path where the file is
 * @param named the path as the person wrote it
 * @param what e.g. `event file`
 */
export function readYaml(path: string, named: string, what: string): YamlSource {
  const read = readTextFile(path, named, what, MAX_YAML_BYTES)
  if (!read.ok) throw new InvalidEvent([{ place: { file: named }, message: read.why }])
  return parseYaml(read.text, named, what)
}

/** As `readYaml`, from text. `file` is shown in messages. */
export function parseYaml(text: string, file: string, what: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'error',
  })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }

  // Only the first: what follows a syntax error is mostly its consequence.
  const [error] = document.errors
  if (error) {
    const advice = ADVICE[error.code]
    const message = advice ? `this is not valid YAML: ${advice}` : `this is not valid YAML: ${error.message}`
    throw new InvalidEvent([{ place: place(error.pos[0]), message }])
  }
  refuse(
    document.warnings.map((warning) => ({
      place: place(warning.pos[0]),
      message: `${lowerFirst(warning.message)}; write plain values without tags`,
    })),
  )
  if (!isMap(document.contents)) {
    const empty = document.contents === null
    const message = empty
      ? `the ${what} is empty; \`micropop init\` writes one to start from`
      : `the ${what} must be a mapping of keys; start it with \`micropop: 1\``
    throw new InvalidEvent([{ place: { file, line: 1, column: 1 }, message }])
  }
  const root = document.contents

  refuse(unresolvedAliases())
  let data: unknown
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT })
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause
    const first = firstAlias()
    throw new InvalidEvent([
      { place: first, message: `aliases stand for more than ${MAX_ALIAS_COUNT} values; write them out` },
    ])
  }
  return {
    file,
    data,
    duplicateKeys: duplicates(root, []),
    valueAt: (path) => at(path, false),
    keyAt: (path) => at(path, true),
  }

  function refuse(problems: Problem[]): void {
    if (problems.length > 0) throw new InvalidEvent(problems)
  }

  function unresolvedAliases(): Problem[] {
    const problems: Problem[] = []
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) !== undefined) return
        const message = `nothing before this is marked \`&${alias.source}\`; mark it, or write the value here`
        problems.push({ place: place(alias.range?.[0] ?? 0), message })
      },
    })
    return problems
  }

  function firstAlias(): Place {
    let offset = 0
    visit(document, {
      Alias(_, alias) {
        offset = alias.range?.[0] ?? 0
        return visit.BREAK
      },
    })
    return place(offset)
  }

  function target(node: unknown): unknown {
    return isAlias(node) ? node.resolve(document) : node
  }

  function at(path: Path, ofKey: boolean): Place {
    let node: unknown = root
    let offset = 0
    for (const [index, step] of path.entries()) {
      const holder = target(node)
      const last = index === path.length - 1
      if (isMap(holder)) {
        const pair = holder.items.findLast((item) => keyOf(item) === step)
        if (!pair) break
        offset = startOf(pair.key) ?? offset
        node = pair.value
      } else if (isSeq(holder) && typeof step === 'number' && holder.items[step] !== undefined) {
        node = holder.items[step]
        offset = startOf(isPair(node) ? node.key : node) ?? offset
      } else break
      if (last && !ofKey) offset = startOf(node) ?? offset
    }
    return place(offset)
  }

  function duplicates(node: unknown, path: Path): { path: Path; place: Place; firstLine: number }[] {
    if (isMap(node)) return duplicatesOf(node, path)
    if (isSeq(node)) return node.items.flatMap((item, index) => duplicates(item, [...path, index]))
    return []
  }

  function duplicatesOf(node: YAMLMap, path: Path): { path: Path; place: Place; firstLine: number }[] {
    const first = new Map<string, number>()
    return node.items.flatMap((pair) => {
      const key = keyOf(pair)
      const offset = startOf(pair.key) ?? 0
      const earlier = first.get(key)
      if (earlier === undefined) first.set(key, offset)
      const here =
        earlier === undefined
          ? []
          : [{ path: [...path, key], place: place(offset), firstLine: lines.linePos(earlier).line }]
      return [...here, ...duplicates(pair.value, [...path, key])]
    })
  }
}

function keyOf(pair: Pair): string {
  return String((pair.key as { value?: unknown } | null)?.value ?? pair.key)
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** A value from the file as it is shown in a message: short, escaped, and never an object's insides. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return quote(value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a section of keys'
  return String(value)
}
