// How operators run a show: the bodies of their publishes, on lane `control`, to channels `show.*`, and what the PoP
// answers there. Times are ms since the Unix epoch by the PoP's clock.
import { type Agenda, type AgendaAction, parseAgendaAction } from './agenda.ts'
import { type Fields, type Parsed, readFields } from './fields.ts'

export const SHOW = {
  polls: 'show.polls',
  cues: 'show.cues',
  moderation: 'show.moderation',
  agenda: 'show.agenda',
  media: 'show.media',
  features: 'show.features',
} as const

/** Votes for poll `x` go to `collect.poll.x`. */
export const VOTE_PREFIX = 'collect.poll.'
/** Who presses a red button publishes to a channel that starts with this, on lane `critical`. */
export const EMERGENCY_PREFIX = 'emergency.'

/** Where the PoP logs who had which feature from when to when, on lane `state`. Nobody else publishes there. */
export const SESSION_LOG = 'log.features'

export const OPTIONS_MAX = 64
const TEXT_MAX = 500
const NAME_MAX = 100
const DAY_MS = 24 * 3_600_000
const TIME_MAX_MS = Number.MAX_SAFE_INTEGER
const CUE_DATA_CHARS_MAX = 8 * 1024
const CHANNEL = /^[A-Za-z0-9._-]{1,128}$/
const CHANNEL_SAYS = '1 to 128 of A-Z a-z 0-9 . _ -'

export interface OpenPoll {
  do: 'open'
  /** Used once: a poll is not reset, a new one has a new id. */
  id: string
  question: string
  options: string[]
  sponsor?: string
  /** The PoP closes the poll by itself, also after a restart. Missing: an operator does. */
  closesAfterMs?: number
  /** Options that one client may choose; its newest vote takes the place of its earlier one. Default 1. */
  votesPerClient?: number
}

export interface ClosePoll {
  do: 'close'
  id: string
}

export type PollAction = OpenPoll | ClosePoll

/** What the PoP itself publishes to `show.polls`; it closes too. No vote comes after `sealed`; `result` is final. */
export type PollNews =
  | ClosePoll
  | { do: 'sealed'; id: string }
  /** `counts[i]`: clients that chose option i; `voters`: clients that voted. */
  | { do: 'result'; id: string; voters: number; counts: number[] }

/** Body of a vote: the index of an option, or of several; an empty list takes the client's vote back. */
export interface Vote {
  choice: number | number[]
}

export interface FireCue {
  do: 'fire'
  id: string
  /** What to present: a name the venue's clients know. */
  cue: string
  /** When all present it; missing: on arrival. */
  atMs?: number
  data?: unknown
  sponsor?: string
}

export type CueAction = FireCue | { do: 'cancel'; id: string }

export type ModerationAction =
  | { do: 'mute'; client: string; reason: string; untilMs: number }
  | { do: 'unmute'; client: string }
  | { do: 'hide'; ch: string; part?: number; off: number; reason: string }

/** At `wallMs` the stream was at `positionMs`, and it moves on at `rate` (1: normal, 0: paused). */
export interface MediaClock {
  do: 'clock'
  stream: string
  positionMs: number
  wallMs: number
  rate: number
}

export type MediaAction = MediaClock | { do: 'end'; stream: string }

/** From `start` to `stop`, who is subscribed to `ch` has the feature: the session log counts it. */
export interface StartFeature {
  do: 'start'
  id: string
  ch: string
  sponsor?: string
}

export type FeatureAction = StartFeature | { do: 'stop'; id: string }

/**
 * Body on `log.features`: sessions that got the feature, and sessions that had it, each interval once and whole. Of a
 * poll `x` the feature is `poll.x`. An interval that began and did not stop is open: a PoP that starts again stops it
 * at the newest `at`.
 */
export interface SessionLogBody {
  feature?: Omit<StartFeature, 'do'>
  start?: [client: string, startMs: number][]
  stop?: [client: string, startMs: number, stopMs: number][]
  /** The PoP ran until then, and all that it knew is in the log. */
  at?: number
}

/**
 * What holds on a channel of the show, told to who joins it. Polls: still open, with when they close. Cues: still to
 * be presented. Media: the newest clock of each stream. Features: those running.
 */
export type ShowState =
  | { polls: (OpenPoll & { closesAtMs?: number })[] }
  | { cues: FireCue[] }
  | { agenda: Agenda }
  | { clocks: MediaClock[] }
  | { features: StartFeature[] }

export type ShowAction =
  | PollAction
  | CueAction
  | ModerationAction
  | AgendaAction
  | MediaAction
  | FeatureAction

const PARSERS: Record<string, (body: unknown) => Parsed<ShowAction>> = {
  [SHOW.polls]: parsePollAction,
  [SHOW.cues]: parseCueAction,
  [SHOW.moderation]: parseModerationAction,
  [SHOW.agenda]: parseAgendaAction,
  [SHOW.media]: parseMediaAction,
  [SHOW.features]: parseFeatureAction,
}

/** What an operator asks for on a channel of the show, or what is wrong with it. Never throws. */
export function parseShowAction(ch: string, body: unknown): Parsed<ShowAction> {
  const parse = Object.hasOwn(PARSERS, ch) ? PARSERS[ch] : undefined
  return parse ? parse(body) : { wrong: `no such channel; there are ${Object.keys(PARSERS).join(', ')}` }
}

export function parsePollAction(body: unknown): Parsed<PollAction> {
  return readFields(body, (fields) => {
    if (fields.oneOf('do', ['open', 'close']) === 'close') return { do: 'close', id: fields.id('id') }
    const id = fields.id('id')
    const question = fields.text('question', TEXT_MAX)
    const options = fields.texts('options', 1, OPTIONS_MAX, TEXT_MAX)
    return {
      do: 'open',
      id,
      question,
      options,
      ...sponsorOf(fields),
      ...(fields.has('closesAfterMs') && { closesAfterMs: fields.whole('closesAfterMs', 1, DAY_MS) }),
      ...(fields.has('votesPerClient') && {
        votesPerClient: fields.whole('votesPerClient', 1, options.length),
      }),
    }
  })
}

/** Indices of the options that are chosen, none twice; `votesPerClient` at most. */
export function parseVote(
  body: unknown,
  { options, votesPerClient = 1 }: Pick<OpenPoll, 'options' | 'votesPerClient'>,
): Parsed<number[]> {
  const choice = typeof body === 'object' && body !== null ? (body as Partial<Vote>).choice : undefined
  const chosen: unknown[] = Array.isArray(choice) ? choice : [choice]
  const right =
    chosen.length <= votesPerClient &&
    new Set(chosen).size === chosen.length &&
    chosen.every((i) => Number.isInteger(i) && (i as number) >= 0 && (i as number) < options.length)
  if (right) return { ok: chosen as number[] }
  const each = `a whole number from 0 to ${options.length - 1}`
  return {
    wrong: `\`choice\` must be ${votesPerClient === 1 ? each : `at most ${votesPerClient} of these, each once: ${each}`}`,
  }
}

export function parseCueAction(body: unknown): Parsed<CueAction> {
  return readFields(body, (fields) => {
    if (fields.oneOf('do', ['fire', 'cancel']) === 'cancel') return { do: 'cancel', id: fields.id('id') }
    return {
      do: 'fire',
      id: fields.id('id'),
      cue: fields.text('cue', NAME_MAX),
      ...(fields.has('atMs') && { atMs: fields.number('atMs', 0, TIME_MAX_MS) }),
      ...(fields.has('data') && { data: fields.json('data', CUE_DATA_CHARS_MAX) }),
      ...sponsorOf(fields),
    }
  })
}

export function parseModerationAction(body: unknown): Parsed<ModerationAction> {
  return readFields<ModerationAction>(body, (fields) => {
    const action = fields.oneOf('do', ['mute', 'unmute', 'hide'])
    if (action === 'unmute') return { do: action, client: fields.id('client') }
    const reason = fields.text('reason', TEXT_MAX)
    if (action === 'mute') {
      return {
        do: action,
        client: fields.id('client'),
        reason,
        untilMs: fields.whole('untilMs', 0, TIME_MAX_MS),
      }
    }
    return {
      do: action,
      ch: fields.matching('ch', CHANNEL, CHANNEL_SAYS),
      ...(fields.has('part') && { part: fields.whole('part', 0, 63) }),
      off: fields.whole('off', 1, TIME_MAX_MS),
      reason,
    }
  })
}

export function parseMediaAction(body: unknown): Parsed<MediaAction> {
  return readFields(body, (fields) => {
    if (fields.oneOf('do', ['clock', 'end']) === 'end') return { do: 'end', stream: fields.id('stream') }
    return {
      do: 'clock',
      stream: fields.id('stream'),
      positionMs: fields.number('positionMs', 0, TIME_MAX_MS),
      wallMs: fields.number('wallMs', 0, TIME_MAX_MS),
      rate: fields.number('rate', 0, 4),
    }
  })
}

export function parseFeatureAction(body: unknown): Parsed<FeatureAction> {
  return readFields(body, (fields) => {
    if (fields.oneOf('do', ['start', 'stop']) === 'stop') return { do: 'stop', id: fields.id('id') }
    return {
      do: 'start',
      id: fields.id('id'),
      ch: fields.matching('ch', CHANNEL, CHANNEL_SAYS),
      ...sponsorOf(fields),
    }
  })
}

function sponsorOf(fields: Fields): { sponsor?: string } {
  return fields.has('sponsor') ? { sponsor: fields.text('sponsor', NAME_MAX) } : {}
}
