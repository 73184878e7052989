// The groups that the value of a field falls into.
import type { Scalar } from '../protocol/filter.ts'
import { GROUP_CHARS_MAX, LIST_VALUES_MAX } from './bounds.ts'

const NONE: readonly never[] = []

/** The scalars of a field, each once: itself, or those of a list; none where it is missing or anything else. */
export function scalarsOf(value: unknown): readonly Scalar[] {
  if (isScalar(value)) return [value]
  if (!Array.isArray(value)) return NONE
  return [...new Set(value.slice(0, LIST_VALUES_MAX).filter(isScalar))]
}

/** Names of the groups: text as it is, up to a length, other values as JSON. 1 and "1" are one group. */
export function groupsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [cut(value)]
  const scalars = scalarsOf(value)
  return scalars.length < 2 ? scalars.map(groupName) : [...new Set(scalars.map(groupName))]
}

function groupName(scalar: Scalar): string {
  return typeof scalar === 'string' ? cut(scalar) : JSON.stringify(scalar)
}

/** Never between the two halves of a surrogate pair: half of one is no character of a database. */
function cut(text: string): string {
  if (text.length <= GROUP_CHARS_MAX) return text
  const end = text.codePointAt(GROUP_CHARS_MAX - 1) as number
  return text.slice(0, end > 0xffff ? GROUP_CHARS_MAX - 1 : GROUP_CHARS_MAX)
}

function isScalar(value: unknown): value is Scalar {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  )
}
