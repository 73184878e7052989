// What of a server's log may leave the house: its own fixed sentences, counts and codes. Errors are told by their codes,
// for their texts may quote anything.
import { isLane } from '../../protocol/lanes.ts'
import { codesIn, LEFT_OUT } from './redact.ts'

const NUMBERS = new Set([
  ...[
    'level',
    'time',
    'records',
    'count',
    'bytes',
    'n',
    'expected',
    'first',
    'last',
    'through',
    'lacks',
    'extra',
  ],
  ...['other', 'differing', 'repaired', 'blocks', 'sentAgain', 'unreadable', 'sessions', 'port', 'adminPort'],
  ...['offset', 'code', 'term', 'stored', 'sent', 'expired', 'keepDays', 'messages', 'version', 'ahead'],
])
/** Told by the codes in them. */
const ERRORS = ['err', 'why', 'reason', 'code', 'status', 'wrong']
/** PostgreSQL's classes of errors (its manual, appendix A): connection, data, constraint, transaction, resources. */
const SQLSTATE = /^(08|22|23|25|40|53|54|55|57|58|XX)[0-9A-Z]{3}$/
/** Of one line that is looked at. */
const LINE_CHARS_MAX = 8 * 1024

export interface RedactedLog {
  text: string
  lines: number
  /** Lines that are none of a server of ours. */
  leftOut: number
}

/** `sentences`: what the program may say, see `sentencesIn`. Lines of JSON, as servers write them. */
export function redactLog(text: string, sentences: ReadonlySet<string>): RedactedLog {
  const all = text.split('\n').filter((line) => line.trim() !== '')
  const kept = all.map((line) => redactLine(line, sentences)).filter((line) => line !== null)
  return {
    text: kept.map((line) => `${line}\n`).join(''),
    lines: kept.length,
    leftOut: all.length - kept.length,
  }
}

function redactLine(line: string, sentences: ReadonlySet<string>): string | null {
  const entry = line.length > LINE_CHARS_MAX ? null : objectIn(line)
  if (entry === null || typeof entry.level !== 'number' || typeof entry.time !== 'number') return null
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value === 'number' && NUMBERS.has(key)) kept[key] = value
    else if (key === 'lane' && isLane(value)) kept[key] = value
    else if (key === 'process' && value === 'central') kept[key] = value
    else if (key === 'msg' && typeof value === 'string') kept[key] = sentences.has(value) ? value : LEFT_OUT
    else if (key === 'code' && typeof value === 'string' && SQLSTATE.test(value)) kept[key] = value
    else if (ERRORS.includes(key)) kept[key] = codesIn(textOf(value))
  }
  return JSON.stringify(kept)
}

/** An error is logged as its text, or with type, message and code. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const { code, message } = value as Record<string, unknown>
  return `${code} ${message}`
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    // Counted as left out.
    return null
  }
}

const LITERAL = /'((?:[^'\\\n]|\\.){3,300})'/g

/** The sentences written out in a program's source: what its log may say. */
export function sentencesIn(source: string): string[] {
  return [...source.matchAll(LITERAL)].flatMap(([, text = '']) =>
    text.includes(' ') ? [text.replaceAll("\\'", "'")] : [],
  )
}
