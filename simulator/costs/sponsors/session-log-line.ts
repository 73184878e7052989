// One line of an exported session log, checked.
import { SESSION_LOG } from '../../../runtime/protocol/show.ts'
import type { SessionLogRecord } from './session-intervals.ts'
import { parseSessionLogBody } from './session-log-body.ts'

/** `pop` is there where central exported the line. Null for a record of another channel. */
export function sessionLogRecord(
  text: string,
  wrong: (what: string) => never,
): (Omit<SessionLogRecord, 'place'> & { pop?: unknown }) | null {
  const value = parsed(text)
  if (typeof value !== 'object' || value === null)
    return wrong('this line is no JSON object: it may be cut off')
  const { ch, off, origin, body, shed, pop } = value as Record<string, unknown>
  if (typeof ch !== 'string') return wrong('this line is no record of a queue: it has no `ch`')
  if (ch !== SESSION_LOG) return null
  if (!Number.isSafeInteger(off) || (off as number) < 1) return wrong('`off` must be a whole number from 1')
  if (origin !== undefined) return { off: off as number, body: null }
  // What was shed has no content: to metering it is missing.
  if (shed === true) return wrong(`record ${off} of the session log has no content: it was let go`)
  const read = parseSessionLogBody(body)
  return 'wrong' in read ? wrong(read.wrong) : { off: off as number, body: read.ok, pop }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
