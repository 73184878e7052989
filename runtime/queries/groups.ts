// The groups that the value of a field falls into.
import type { Scalar } from '../protocol/filter.ts'
import { GROUP_CHARS_MAX, LIST_VALUES_MAX } from './bounds.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it replaces
const CONTROL = /[\u0000-\u001f\u007f]/g
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

/** Control characters and halves of surrogate pairs are no text of a database, and long in JSON. */
function cut(text: string): string {
  return text.slice(0, GROUP_CHARS_MAX).toWellFormed().replace(CONTROL, '\ufffd')
}

function isScalar(value: unknown): value is Scalar {
  return (
    value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  )
}
