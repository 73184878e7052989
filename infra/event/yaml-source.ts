// A YAML file that a person wrote: read within bounds, or refused at the place of the mistake.
import { type Alias, type Document, isMap, LineCounter, parseDocument, visit } from 'yaml'
import { InvalidEvent, type Problem } from './problems.ts'
import { readTextFile } from './text-file.ts'
import { placeAt, placesOf, startOf, type YamlPlaces } from './yaml-places.ts'

export interface YamlSource extends YamlPlaces {
  /** As it is shown in messages. */
  file: string
  /** Plain data, aliases resolved. */
  data: unknown
}

export const MAX_YAML_BYTES = 1_000_000

/** Aliases (`*name`) in one file, and values that they may stand for: a small file must not unfold into a large one. */
const MAX_ALIASES = 100

/** What to write, for the mistakes in YAML that people make most; keys are codes of the `yaml` package. */
const ADVICE: Record<string, string> = {
  BAD_ALIAS: 'an alias (`*name`) is not written correctly',
  BAD_INDENT: 'the indentation or a bracket does not fit; keys of one section start in the same column',
  BAD_SCALAR_START: 'a plain text may not start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'there are two colons in one line; put the text in quotes, or the second key on its own line',
  MISSING_CHAR: 'a bracket, a quote, a colon or a comma is missing before this point',
  MULTILINE_IMPLICIT_KEY: 'a key has no colon; write `key: value`',
  MULTIPLE_DOCS: 'a second document starts here; keep one in a file and remove this `---`',
  NON_STRING_KEY: 'a list or a mapping stands where a key belongs; write `key: value`',
  RESOURCE_EXHAUSTION: 'this is nested too deeply to be read',
  TAB_AS_INDENT: 'a tab is used for indentation; write spaces',
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
    // Told by `duplicateKeys`, with the line of the first.
    uniqueKeys: false,
    logLevel: 'error',
  })
  const refuse = (offset: number, message: string) =>
    new InvalidEvent([{ place: placeAt(lines, file, offset), message }])

  // Only the first: what follows a syntax error is mostly its consequence.
  const [error] = document.errors
  if (error) throw refuse(error.pos[0], `this is not valid YAML: ${ADVICE[error.code] ?? error.message}`)
  const [warning] = document.warnings
  if (warning) throw refuse(warning.pos[0], `${warning.message}; write plain values without tags`)
  if (document.contents === null) {
    throw refuse(0, `the ${what} is empty; \`micropop init\` writes an event file to start from`)
  }
  if (!isMap(document.contents)) {
    throw refuse(0, `the ${what} must be a mapping of keys; start it with \`micropop: 1\``)
  }
  return {
    file,
    data: resolved(document, lines, file),
    ...placesOf(document, document.contents, lines, file),
  }
}

function resolved(document: Document, lines: LineCounter, file: string): unknown {
  const aliases: Alias[] = []
  visit(document, {
    Alias(_, alias) {
      aliases.push(alias)
      return aliases.length > MAX_ALIASES ? visit.BREAK : undefined
    },
  })
  const refusal = (alias: Alias | undefined, message: string): Problem => ({
    place: placeAt(lines, file, startOf(alias) ?? 0),
    message,
  })
  if (aliases.length > MAX_ALIASES) {
    throw new InvalidEvent([
      refusal(aliases.at(-1), `this is one alias more than the ${MAX_ALIASES} that are read`),
    ])
  }
  const unknown = aliases.filter((alias) => alias.resolve(document) === undefined)
  if (unknown.length > 0) {
    const say = ({ source }: Alias) =>
      `nothing before this is marked \`&${source}\`; mark it, or write the value here`
    throw new InvalidEvent(unknown.map((alias) => refusal(alias, say(alias))))
  }
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new InvalidEvent([
      refusal(aliases[0], `aliases unfold into more than ${MAX_ALIASES} values; write them out`),
    ])
  }
}
