// The body of a session log's record, checked: what is read from a file may have been edited.
import type { SessionLogBody } from '../../../runtime/protocol/show.ts'

/** What the body is, or what is wrong with it. */
export function parseSessionLogBody(body: unknown): { ok: SessionLogBody } | { wrong: string } {
  if (typeof body !== 'object' || body === null) return { wrong: '`body` must be an object' }
  const { feature, start = [], stop = [], at } = body as Record<string, unknown>
  if (at !== undefined && !isTime(at)) return { wrong: '`at` must be a whole number of ms' }
  if (!isListOf(start, isStart)) return { wrong: '`start` must be a list of [client, start]' }
  if (!isListOf(stop, isStop))
    return { wrong: '`stop` must be a list of [client, start, stop], no stop before its start' }
  const named = feature as { id?: unknown; sponsor?: unknown } | null | undefined
  if (feature === undefined && start.length + stop.length > 0) return { wrong: '`feature` is missing' }
  if (feature !== undefined) {
    if (typeof named?.id !== 'string') return { wrong: '`feature` must have an `id`' }
    if (named.sponsor !== undefined && typeof named.sponsor !== 'string')
      return { wrong: '`sponsor` must be a name' }
  }
  return { ok: body as SessionLogBody }
}

function isListOf<T>(value: unknown, is: (one: unknown) => one is T): value is T[] {
  return Array.isArray(value) && value.every(is)
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isStart(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isTime(value[1])
}

function isStop(value: unknown): value is [string, number, number] {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'string' &&
    isTime(value[1]) &&
    isTime(value[2]) &&
    value[2] >= value[1]
  )
}
