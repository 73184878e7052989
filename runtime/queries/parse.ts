// The door of filters and aggregates: turns JSON into a typed filter or aggregate, or says what to write instead.
import type { Parsed } from '../protocol/fields.ts'
import type { Aggregate, FieldPath, Filter, Scalar } from '../protocol/filter.ts'
import {
  FILTER_CHARS_MAX,
  FILTER_DEPTH_MAX,
  FILTER_NODES_MAX,
  HISTOGRAM_EDGES_MAX,
  IN_VALUES_MAX,
  PATH_CHARS_MAX,
  PATH_SEGMENTS_MAX,
  TOP_K_MAX,
} from './bounds.ts'

/** What a filter may still grow by; parsing stops where it is used up. */
interface Budget {
  nodes: number
  chars: number
}

export type Fields = Record<string, unknown>
type Operator = (operand: unknown, budget: Budget, depth: number) => Parsed<Filter>

const OPERATORS = new Map<string, Operator>([
  [
    'eq',
    (operand, budget) => parsePair(operand, budget, 'eq', isScalar, 'text, a number, true, false or null'),
  ],
  [
    'ne',
    (operand, budget) => parsePair(operand, budget, 'ne', isScalar, 'text, a number, true, false or null'),
  ],
  ['lt', (operand, budget) => parsePair(operand, budget, 'lt', isOrdered, 'a number or text')],
  ['le', (operand, budget) => parsePair(operand, budget, 'le', isOrdered, 'a number or text')],
  ['gt', (operand, budget) => parsePair(operand, budget, 'gt', isOrdered, 'a number or text')],
  ['ge', (operand, budget) => parsePair(operand, budget, 'ge', isOrdered, 'a number or text')],
  ['in', (operand, budget) => parsePair(operand, budget, 'in', isScalarList, `1 to ${IN_VALUES_MAX} values`)],
  ['prefix', (operand, budget) => parsePair(operand, budget, 'prefix', isText, 'text')],
  ['exists', parseExists],
  ['and', (operand, budget, depth) => parseArms(operand, budget, depth, (and) => ({ and }), 'and')],
  ['or', (operand, budget, depth) => parseArms(operand, budget, depth, (or) => ({ or }), 'or')],
  ['not', parseNot],
])

/** Reads a filter from JSON. Never throws; `wrong` is fit to be shown to who wrote it. */
export function parseFilter(value: unknown): Parsed<Filter> {
  return parseNode(value, { nodes: FILTER_NODES_MAX, chars: FILTER_CHARS_MAX }, 0)
}

/** Reads an aggregate from JSON. Never throws; `wrong` is fit to be shown to who wrote it. */
export function parseAggregate(value: unknown): Parsed<Aggregate> {
  if (!isFields(value)) return { wrong: 'an aggregate must be an object such as {"is":"count"}' }
  switch (value.is) {
    case 'count':
      return parseCount(value)
    case 'top':
      return parseTop(value)
    case 'histogram':
      return parseHistogram(value)
    case 'distinct': {
      const wrong = unknownKey(value, ['is', 'of']) ?? wrongPath(value.of, 'of')
      return wrong === null ? { ok: { is: 'distinct', of: value.of as FieldPath } } : { wrong }
    }
    default:
      return { wrong: '`is` of an aggregate must be count, top, histogram or distinct' }
  }
}

function parseNode(value: unknown, budget: Budget, depth: number): Parsed<Filter> {
  if (!isFields(value)) return { wrong: 'a filter must be an object such as {"eq":["body.choice","a"]}' }
  if (depth > FILTER_DEPTH_MAX) return { wrong: `a filter nests ${FILTER_DEPTH_MAX} levels at most` }
  if (budget.nodes-- === 0) return { wrong: `a filter has ${FILTER_NODES_MAX} conditions at most` }
  const [operator, ...more] = Object.keys(value)
  const parse = operator === undefined ? undefined : OPERATORS.get(operator)
  if (operator === undefined || parse === undefined || more.length > 0) {
    return { wrong: `a filter must have one key, one of ${[...OPERATORS.keys()].join(', ')}` }
  }
  return parse(value[operator], budget, depth)
}

function parsePair(
  operand: unknown,
  budget: Budget,
  operator: string,
  accepts: (value: unknown) => boolean,
  expected: string,
): Parsed<Filter> {
  const shape = `\`${operator}\` must be [path, value], the value ${expected}`
  if (!Array.isArray(operand) || operand.length !== 2) return { wrong: shape }
  const [path, value] = operand as [unknown, unknown]
  const wrong = wrongPath(path, operator)
  if (wrong !== null) return { wrong }
  if (!accepts(value)) return { wrong: shape }
  budget.chars -= (path as FieldPath).length + charsOf(value)
  if (budget.chars < 0) return { wrong: TOO_LONG }
  const kept = Array.isArray(value) ? [...value] : value
  return { ok: { [operator]: [path, kept] } as unknown as Filter }
}

function parseExists(path: unknown, budget: Budget): Parsed<Filter> {
  const wrong = wrongPath(path, 'exists')
  if (wrong !== null) return { wrong }
  budget.chars -= (path as FieldPath).length
  return budget.chars < 0 ? { wrong: TOO_LONG } : { ok: { exists: path as FieldPath } }
}

function parseArms(
  operand: unknown,
  budget: Budget,
  depth: number,
  join: (arms: Filter[]) => Filter,
  operator: string,
): Parsed<Filter> {
  if (!Array.isArray(operand) || operand.length === 0) {
    return { wrong: `\`${operator}\` must be a list of at least one filter` }
  }
  const arms: Filter[] = []
  for (const one of operand) {
    const arm = parseNode(one, budget, depth + 1)
    if ('wrong' in arm) return arm
    arms.push(arm.ok)
  }
  return { ok: join(arms) }
}

function parseNot(operand: unknown, budget: Budget, depth: number): Parsed<Filter> {
  const inner = parseNode(operand, budget, depth + 1)
  return 'wrong' in inner ? inner : { ok: { not: inner.ok } }
}

function parseCount(value: Fields): Parsed<Aggregate> {
  const { by, per } = value
  const wrong = unknownKey(value, ['is', 'by', 'per']) ?? (by === undefined ? null : wrongPath(by, 'by'))
  if (wrong !== null) return { wrong }
  if (per !== undefined && per !== 'client')
    return { wrong: '`per` of a count must be "client", or left out' }
  return {
    ok: { is: 'count', ...(by !== undefined && { by: by as FieldPath }), ...(per !== undefined && { per }) },
  }
}

function parseTop(value: Fields): Parsed<Aggregate> {
  const { k, by } = value
  const wrong = unknownKey(value, ['is', 'k', 'by']) ?? wrongPath(by, 'by')
  if (wrong !== null) return { wrong }
  if (!Number.isSafeInteger(k) || (k as number) < 1 || (k as number) > TOP_K_MAX) {
    return { wrong: `\`k\` of a top must be a whole number from 1 to ${TOP_K_MAX}` }
  }
  return { ok: { is: 'top', k: k as number, by: by as FieldPath } }
}

function parseHistogram(value: Fields): Parsed<Aggregate> {
  const { of, edges } = value
  const wrong = unknownKey(value, ['is', 'of', 'edges']) ?? wrongPath(of, 'of')
  if (wrong !== null) return { wrong }
  const rising =
    Array.isArray(edges) &&
    edges.length >= 1 &&
    edges.length <= HISTOGRAM_EDGES_MAX &&
    edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > edges[i - 1]))
  if (!rising) {
    return {
      wrong: `\`edges\` of a histogram must be 1 to ${HISTOGRAM_EDGES_MAX} numbers, each above the one before`,
    }
  }
  return { ok: { is: 'histogram', of: of as FieldPath, edges: [...edges] } }
}

/** `client`, `at`, `t`, `off`, `body`, or `body.` and names with dots between them. */
function wrongPath(path: unknown, where: string): string | null {
  if (typeof path !== 'string') return `the path of \`${where}\` must be text such as "body.choice"`
  if (path.length > PATH_CHARS_MAX) return `a path has ${PATH_CHARS_MAX} characters at most`
  const [root, ...names] = path.split('.')
  if (root !== 'body') {
    return names.length === 0 && (root === 'client' || root === 'at' || root === 't' || root === 'off')
      ? null
      : `the path of \`${where}\` must be client, at, t, off, body, or start with body and a dot`
  }
  if (names.length > PATH_SEGMENTS_MAX) return `a path has ${PATH_SEGMENTS_MAX} names after body at most`
  return names.includes('') ? `the path of \`${where}\` has an empty name between its dots` : null
}

function unknownKey(value: Fields, known: readonly string[]): string | null {
  const unknown = Object.keys(value).some((key) => !known.includes(key))
  return unknown ? `${String(value.is)} takes only ${known.slice(1).join(', ')}` : null
}

const TOO_LONG = `a filter's paths and values have ${FILTER_CHARS_MAX} characters at most`

function charsOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + charsOf(one), 0)
  return typeof value === 'string' ? value.length : 1
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isOrdered(value: unknown): value is number | string {
  return isText(value) || Number.isFinite(value)
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'boolean' || isOrdered(value)
}

function isScalarList(value: unknown): value is Scalar[] {
  return Array.isArray(value) && value.length >= 1 && value.length <= IN_VALUES_MAX && value.every(isScalar)
}
