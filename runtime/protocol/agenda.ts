// The agenda of a show as a versioned list, and what an operator's change makes of it: the same at the PoP and in a
// browser that follows the changes.
import { type Fields, type Parsed, readFields } from './fields.ts'

export const SEGMENTS_MAX = 200
const TITLE_MAX = 200
const DAY_MS = 24 * 3_600_000

export interface Segment {
  id: string
  title: string
  /** By the PoP's clock, ms since the Unix epoch. */
  startMs: number
  durationMs: number
  cancelled?: true
}

export interface Agenda {
  /** Counts the changes. */
  version: number
  /** In order of `startMs`. */
  segments: readonly Segment[]
}

/** `version`: of the agenda that the operator saw. A change to another one has no effect. */
export type AgendaAction = { version: number } & (
  | { do: 'set'; segments: Segment[] }
  | { do: 'insert'; segment: Segment }
  /** With `following`, all that starts later moves too. */
  | { do: 'shift'; id: string; byMs: number; following?: boolean }
  | { do: 'cancel'; id: string }
)

export const EMPTY_AGENDA: Agenda = { version: 0, segments: [] }

/** The agenda after a change, or why it cannot be made. */
export function changeAgenda(agenda: Agenda, action: AgendaAction): Parsed<Agenda> {
  const { version, segments } = agenda
  if (action.version !== version)
    return { wrong: `the agenda is at version ${version}: look at it again, and give that version` }
  switch (action.do) {
    case 'set': {
      const twice = action.segments.find(({ id }, i) => action.segments.findIndex((s) => s.id === id) !== i)
      return twice ? { wrong: `segment ${twice.id} is there twice` } : changed(agenda, action.segments)
    }
    case 'insert': {
      const { segment } = action
      if (segments.some(({ id }) => id === segment.id)) return { wrong: `segment ${segment.id} exists` }
      if (segments.length >= SEGMENTS_MAX) return { wrong: `an agenda has at most ${SEGMENTS_MAX} segments` }
      return changed(agenda, [...segments, segment])
    }
    case 'shift': {
      const { id, byMs, following = false } = action
      const from = segments.findIndex((segment) => segment.id === id)
      if (from < 0) return { wrong: `there is no segment ${id}` }
      return changed(
        agenda,
        segments.map((segment, i) =>
          i === from || (following && i > from) ? { ...segment, startMs: segment.startMs + byMs } : segment,
        ),
      )
    }
    case 'cancel': {
      if (!segments.some(({ id }) => id === action.id)) return { wrong: `there is no segment ${action.id}` }
      return changed(
        agenda,
        segments.map((segment) => (segment.id === action.id ? { ...segment, cancelled: true } : segment)),
      )
    }
  }
}

function changed({ version }: Agenda, segments: readonly Segment[]): Parsed<Agenda> {
  return { ok: { version: version + 1, segments: segments.toSorted((a, b) => a.startMs - b.startMs) } }
}

export function parseAgendaAction(body: unknown): Parsed<AgendaAction> {
  return readFields<AgendaAction>(body, (fields) => {
    const action = fields.oneOf('do', ['set', 'insert', 'shift', 'cancel'])
    const version = fields.whole('version', 0, Number.MAX_SAFE_INTEGER)
    switch (action) {
      case 'set':
        return { do: action, version, segments: fields.objects('segments', 0, SEGMENTS_MAX, readSegment) }
      case 'insert':
        return { do: action, version, segment: fields.object('segment', readSegment) }
      case 'shift': {
        const following = fields.has('following') && fields.oneOf('following', [true, false])
        return {
          do: action,
          version,
          id: fields.id('id'),
          byMs: fields.number('byMs', -DAY_MS, DAY_MS),
          ...(following && { following }),
        }
      }
      case 'cancel':
        return { do: action, version, id: fields.id('id') }
    }
  })
}

function readSegment(fields: Fields): Segment {
  return {
    id: fields.id('id'),
    title: fields.text('title', TITLE_MAX),
    startMs: fields.number('startMs', 0, Number.MAX_SAFE_INTEGER),
    durationMs: fields.number('durationMs', 0, DAY_MS),
  }
}
