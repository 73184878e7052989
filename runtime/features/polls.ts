// Polls: votes are admitted while a poll is open and for a short grace after it, counted once a client, and told once
// as a result.
//
// A poll goes open → closing (a `close` in the log; the grace runs) → sealed (the PoP's own `sealed`) → done (the
// PoP's own `result`). From before `sealed` is published no vote is admitted, and the log keeps their order, so at
// `sealed` the count is final: a PoP killed between the two counts the same again, and publishes what is missing.
// The PoP at which a poll was opened counts it and tells the result; others only know when it is open.
import { isOwn } from '../broker/own-publishes.ts'
import type { Denial, PartEffect } from '../broker/part.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import {
  type OpenPoll,
  type PollAction,
  type PollNews,
  parsePollAction,
  parseVote,
  SHOW,
  type ShowState,
  VOTE_PREFIX,
} from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'
import { PollTally, type TallySnapshot } from './poll-tally.ts'
import { ShowPart } from './show-part.ts'

/** How long after its end votes are admitted that were under way. */
export const POLL_GRACE_MS = 2_000
/** Polls of this PoP that are not done, at most. */
const RUNNING_MAX = 16
/** Polls of a log: the ids of all are remembered, so that none is used twice. */
const POLLS_MAX = 1_000
/** Votes kept to be replaced, of all polls that run: bounds memory and checkpoints. */
const VOTES_MAX = 100_000

interface Poll {
  open: OpenPoll
  openedAtMs: number
  /** Missing while it is open. */
  closedAtMs?: number
  sealed?: true
  /** Missing where another PoP counts. */
  tally?: PollTally
}

interface Snapshot {
  running: (Omit<Poll, 'tally'> & { tally?: TallySnapshot })[]
  done: string[]
}

export class Polls extends ShowPart<PollAction> {
  readonly name = 'polls'
  readonly channel = SHOW.polls
  #running = new Map<string, Poll>()
  #done = new Set<string>()
  /** Not in the log: what is due next of each poll, by the monotonic clock, and which admit no more. */
  readonly #dueAtMs = new Map<string, number>()
  readonly #shut = new Set<string>()
  #started = false

  protected parse = parsePollAction

  override get wakeAtMs(): number {
    if (!this.#started) return Number.NEGATIVE_INFINITY
    let earliest = Number.POSITIVE_INFINITY
    for (const atMs of this.#dueAtMs.values()) if (atMs < earliest) earliest = atMs
    return earliest
  }

  override admit(publish: PublishInput): Denial | null {
    if (!publish.ch.startsWith(VOTE_PREFIX)) return super.admit(publish)
    if (publish.origin !== undefined) return null
    const id = publish.ch.slice(VOTE_PREFIX.length)
    const poll = this.#running.get(id)
    if (!poll || poll.sealed || this.#shut.has(id))
      return { code: 'MP_POLL_CLOSED', why: `poll ${id} is not open` }
    const vote = parseVote(publish.body, poll.open)
    if ('wrong' in vote) return { code: 'MP_VOTE_INVALID', why: vote.wrong }
    if (poll.tally && !poll.tally.has(publish.client) && this.#votes() >= VOTES_MAX)
      return { code: 'MP_OVERLOADED', why: 'this PoP has as many votes as it can count at a time' }
    return null
  }

  protected refuse(action: PollAction): Denial | null {
    const { id } = action
    const poll = this.#running.get(id)
    if (action.do === 'close') {
      return poll && poll.closedAtMs === undefined
        ? null
        : { code: 'MP_POLL_CLOSED', why: `poll ${id} is not open` }
    }
    if (poll || this.#done.has(id))
      return { code: 'MP_POLL_EXISTS', why: `poll ${id} was opened: give a new id` }
    const counted = [...this.#running.values()].filter(({ tally }) => tally)
    if (counted.length >= RUNNING_MAX)
      return { code: 'MP_POLL_LIMIT', why: `${RUNNING_MAX} polls are running: close one` }
    return this.#done.size + this.#running.size < POLLS_MAX
      ? null
      : { code: 'MP_POLL_LIMIT', why: `this PoP has had ${POLLS_MAX} polls and can remember no more` }
  }

  override apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (record.ch.startsWith(VOTE_PREFIX)) this.#count(record)
    if (record.ch === this.channel && isOwn(record)) {
      const news = this.#news(record.body as PollNews, live)
      if (news) return news
    }
    return super.apply(record, live, nowMs)
  }

  protected act(action: PollAction, record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (action.do === 'close') this.#close(action.id, record, live, nowMs)
    else this.#open(action, record, live, nowMs)
    return []
  }

  override wake(nowMs: number, tMs: number): PartEffect[] {
    const started = this.#started
    this.#started = true
    const effects = started ? [] : this.#resume(nowMs, tMs)
    for (const [id, atMs] of this.#dueAtMs) if (atMs <= nowMs) effects.push(...this.#due(id))
    return effects
  }

  protected state(): ShowState | null {
    const polls = [...this.#running.values()]
      .filter(({ closedAtMs }) => closedAtMs === undefined)
      .map(({ open, openedAtMs }) => ({
        ...open,
        ...(open.closesAfterMs !== undefined && { closesAtMs: openedAtMs + open.closesAfterMs }),
      }))
    return polls.length > 0 ? { polls } : null
  }

  snapshot(): Snapshot {
    const running = [...this.#running.values()].map(({ tally, ...poll }) => ({
      ...poll,
      ...(tally && { tally: tally.snapshot() }),
    }))
    return { running, done: [...this.#done] }
  }

  restore({ running, done }: Snapshot): void {
    this.#done = new Set(done)
    this.#running = new Map(
      running.map(({ tally, ...poll }) => [
        poll.open.id,
        { ...poll, ...(tally && { tally: PollTally.restored(tally) }) },
      ]),
    )
  }

  #open(open: OpenPoll, { t, origin }: LogRecord, live: boolean, nowMs: number): void {
    const { id, options, closesAfterMs } = open
    if (this.#running.has(id) || this.#done.has(id)) return
    // Another PoP's polls have not passed this door.
    if (origin !== undefined && this.#running.size + this.#done.size >= POLLS_MAX) return
    this.#running.set(id, {
      open,
      openedAtMs: t,
      ...(origin === undefined && { tally: new PollTally(options.length) }),
    })
    if (live && closesAfterMs !== undefined) this.#dueAtMs.set(id, nowMs + closesAfterMs)
  }

  #close(id: string, { t }: LogRecord, live: boolean, nowMs: number): void {
    const poll = this.#running.get(id)
    if (!poll || poll.closedAtMs !== undefined) return
    poll.closedAtMs = t
    if (live) this.#dueAtMs.set(id, nowMs + POLL_GRACE_MS)
  }

  #count({ ch, client, body }: LogRecord): void {
    const poll = this.#running.get(ch.slice(VOTE_PREFIX.length))
    if (!poll?.tally || poll.sealed) return
    const vote = parseVote(body, poll.open)
    if ('ok' in vote) poll.tally.vote(client, vote.ok)
  }

  /** What a PoP says that no operator may: this PoP, or one that relays. Null for anything else. */
  #news({ do: says, id }: PollNews, live: boolean): PartEffect[] | null {
    const poll = this.#running.get(id)
    if (says === 'sealed' && poll) {
      poll.sealed = true
      return live ? this.#result(id, poll) : []
    }
    if (says === 'result' && poll) {
      this.#running.delete(id)
      this.#done.add(id)
      this.#dueAtMs.delete(id)
      this.#shut.delete(id)
      return []
    }
    return null
  }

  /** The PoP has started: what the log leaves open goes on, by the wall clock, which alone ran meanwhile. */
  #resume(nowMs: number, tMs: number): PartEffect[] {
    const effects: PartEffect[] = []
    for (const [id, poll] of this.#running) {
      const { open, openedAtMs, closedAtMs } = poll
      const [sinceMs, lengthMs] =
        closedAtMs === undefined ? [openedAtMs, open.closesAfterMs] : [closedAtMs, POLL_GRACE_MS]
      if (poll.sealed) effects.push(...this.#result(id, poll))
      // A wall clock that was set back makes nothing longer than it was to be.
      else if (lengthMs !== undefined)
        this.#dueAtMs.set(id, nowMs + Math.min(lengthMs, Math.max(0, sinceMs + lengthMs - tMs)))
    }
    return effects
  }

  #due(id: string): PartEffect[] {
    this.#dueAtMs.delete(id)
    const poll = this.#running.get(id)
    if (!poll) return []
    if (poll.closedAtMs !== undefined) {
      this.#shut.add(id)
      return poll.tally ? [publish({ do: 'sealed', id })] : []
    }
    if (poll.tally) return [publish({ do: 'close', id })]
    // Another PoP closes it. Should that not be heard of, this door shuts all the same.
    this.#shut.add(id)
    return []
  }

  #result(id: string, { tally }: Poll): PartEffect[] {
    return tally ? [publish({ do: 'result', id, voters: tally.voters, counts: tally.counts })] : []
  }

  #votes(): number {
    let votes = 0
    for (const { tally } of this.#running.values()) votes += tally?.voters ?? 0
    return votes
  }
}

function publish(body: PollNews): PartEffect {
  return { do: 'publish', lane: 'control', ch: SHOW.polls, body }
}
