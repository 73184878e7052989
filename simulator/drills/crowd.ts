// The attendees of a drill together, and the account of what they were promised against what central has.
import type { ExportedMessage, ExportedWatermark } from '../../runtime/central/export.ts'
import { type RehearsalClock, until } from '../rehearsal/clock.ts'
import { type AttendeeOptions, DrillAttendee } from './attendee.ts'
import { DrillFailed } from './drill-failed.ts'
import type { Account, Attendance } from './drill-result.ts'

const POLL_MS = 25

interface CrowdOptions extends Omit<AttendeeOptions, 'client' | 'url'> {
  /** Each attendee has its own idea of where its PoP is. */
  urlOfOne: () => AttendeeOptions['url']
}

interface Serving {
  /** Who is to serve them. */
  by: readonly { name: string; serves: boolean }[]
  limitMs: number
  signal: AbortSignal
  /** Default: anywhere. */
  there?: (address: string) => boolean
}

export class Crowd {
  readonly attendees: readonly DrillAttendee[]
  readonly #clock: RehearsalClock
  readonly #staying: Promise<unknown>

  constructor(count: number, name: string, { urlOfOne, ...options }: CrowdOptions) {
    this.#clock = options.clock
    this.attendees = Array.from(
      { length: count },
      (_, i) => new DrillAttendee({ ...options, client: `${name}-${i}`, url: urlOfOne() }),
    )
    this.#staying = Promise.all(this.attendees.map((attendee) => attendee.stay()))
  }

  get present(): number {
    return this.attendees.filter(({ present }) => present).length
  }

  /**
   * Resolves once everyone has a session, at an address that `there` accepts, and has been acknowledged something in it.
   * Error: MP_DRILL where that takes longer, or one of those who are to serve them has ended.
   */
  async served({ by, limitMs, signal, there = () => true }: Serving): Promise<void> {
    const isThere = ({ present, at }: DrillAttendee) => present && at !== null && there(at)
    const all = (holds: (one: DrillAttendee) => boolean, what: string) => {
      const missing = () => this.attendees.filter((one) => !holds(one)).length
      return until(
        async () => {
          const ended = by.find(({ serves }) => !serves)
          if (ended) throw new DrillFailed(`${ended.name} has ended`)
          return missing() === 0 || undefined
        },
        {
          ...{ clock: this.#clock, everyMs: POLL_MS, limitMs, signal },
          onLate: () =>
            new DrillFailed(
              `${missing()} of ${this.attendees.length} sessions are not ${what} after ${limitMs / 1000} s`,
            ),
        },
      )
    }
    await all(isThere, 'there')
    const before = new Map(this.attendees.map((one) => [one, one.acknowledged.size]))
    await all((one) => one.acknowledged.size > (before.get(one) ?? 0), 'answered')
  }

  /** Publishes nothing more and waits until all that was is answered; false where some is not within the limit. */
  async quiet(limitMs: number, signal: AbortSignal): Promise<boolean> {
    for (const attendee of this.attendees) attendee.stopPublishing()
    const late = new Error('not answered')
    try {
      await until(async () => this.attendees.every(({ unanswered }) => unanswered === 0) || undefined, {
        ...{ clock: this.#clock, everyMs: POLL_MS, limitMs, signal },
        onLate: () => late,
      })
      return true
    } catch (error) {
      if (error === late) return false
      throw error
    }
  }

  attendance(): Attendance {
    const sum = (of: (attendee: DrillAttendee) => number) => this.attendees.reduce((all, a) => all + of(a), 0)
    return {
      attendees: this.attendees.length,
      present: this.present,
      reconnects: sum(({ sessions }) => Math.max(0, sessions - 1)),
      longestWaitMs: Math.round(Math.max(...this.attendees.map(({ longestWaitMs }) => longestWaitMs))),
    }
  }

  async leave(): Promise<void> {
    for (const attendee of this.attendees) attendee.leave()
    await this.#staying
  }
}

type Exported = Pick<ExportedMessage, 'client' | 'seq'> & { body: unknown }

/** `messages`: all that central has of the event, also what PoPs themselves publish. */
export async function accountOf(
  attendees: readonly DrillAttendee[],
  messages: AsyncIterable<Exported>,
  watermarks: readonly ExportedWatermark[],
): Promise<Account> {
  const byClient = new Map(attendees.map((attendee) => [attendee.client, attendee]))
  const sum = (of: (attendee: DrillAttendee) => number) => attendees.reduce((all, one) => all + of(one), 0)
  let [rows, atCentral, foreign, kept] = [0, 0, 0, 0]
  for await (const { client, seq, body } of messages) {
    rows++
    const attendee = byClient.get(client)
    if (client.startsWith('@')) continue
    atCentral++
    if (attendee === undefined || seq > attendee.published) foreign++
    if (attendee?.acknowledged.get(seq) === body) kept++
  }
  const applied = watermarks.reduce((all, mark) => all + mark.applied - mark.expired, 0)
  const acknowledged = sum(({ acknowledged: { size } }) => size)
  return {
    published: sum(({ published }) => published),
    acknowledged,
    atCentral,
    lost: acknowledged - kept,
    appliedTwice: Math.max(0, applied - rows),
    foreign,
    unanswered: sum(({ unanswered }) => unanswered),
    silentGaps: sum(({ silentGaps }) => silentGaps),
    toldGaps: sum(({ toldGaps }) => toldGaps),
  }
}
