// The uplink's state machine: when to connect, what to send next and by which path, when to give a path up.
// No clock, socket or disk of its own: inputs carry `nowMs`, the answer is a list of effects to perform.
//
// Central applies a lane in order and refuses a batch that leaves a gap, so one path carries a lane at a time. A lane
// goes to another path when nothing of it is on its way, or when its path is given up. What is sent twice is skipped
// by central's watermark.
import { LANES, type Lane } from '../protocol/lanes.ts'
import { HedgeBudget, type HedgeCounters } from './hedge-budget.ts'
import { LaneBacklog } from './lane-backlog.ts'
import { choosePath, fastest, isUrgent, roomBytes } from './path-choice.ts'
import {
  UPLINK_DEFAULTS,
  type UplinkEffect,
  type UplinkInput,
  type UplinkSyncOptions,
} from './uplink-options.ts'
import { type OnItsWay, UplinkPath } from './uplink-path.ts'

export {
  UPLINK_DEFAULTS,
  type UplinkEffect,
  type UplinkInput,
  type UplinkSyncOptions,
} from './uplink-options.ts'

export class UplinkSync {
  readonly lanes: Record<Lane, LaneBacklog>
  /** In the order of `uplinks` in pop.json. */
  readonly paths: readonly UplinkPath[]
  readonly #options: UplinkSyncOptions
  readonly #hedges = new HedgeBudget()
  /** The path that carries each lane; null while there is none. */
  readonly #carrier: Record<Lane, UplinkPath | null>
  /** Lanes that send nothing more on their path, to leave it. */
  readonly #leaving = new Set<Lane>()
  #hedgedAtMs = 0
  #stopped = false

  /** `random` returns [0, 1) and spreads the retries of many PoPs. */
  constructor(random: () => number, options: UplinkSyncOptions = UPLINK_DEFAULTS) {
    this.#options = options
    this.paths = Array.from({ length: options.paths }, (_, index) => new UplinkPath(index, random, options))
    this.lanes = byLane(() => new LaneBacklog())
    this.#carrier = byLane(() => null)
  }

  /** Whether any path is live. */
  get connected(): boolean {
    return this.paths.some(({ live }) => live)
  }

  get wakeAtMs(): number {
    let earliest = this.#nextHedgeMs()
    for (const path of this.paths) earliest = Math.min(earliest, path.wakeAtMs)
    return earliest
  }

  /** Records that central does not have yet. */
  get backlog(): number {
    return LANES.reduce((sum, lane) => sum + this.lanes[lane].count, 0)
  }

  get backlogBytes(): number {
    return LANES.reduce((sum, lane) => sum + this.lanes[lane].bytes, 0)
  }

  get hedges(): Readonly<HedgeCounters> {
    return this.#hedges.counters
  }

  /** A record became durable here and now waits for central. Call `pump` after the last of a group. */
  push(lane: Lane, bytes: number): void {
    this.lanes[lane].push(bytes)
  }

  /** Throws RangeError where the input names a path that there is not. */
  input(input: UplinkInput, nowMs: number): UplinkEffect[] {
    if (this.#stopped) return []
    const path = this.paths[input.path ?? 0]
    if (path === undefined) throw new RangeError(`no path ${input.path}`)
    path.heard(nowMs)
    switch (input.is) {
      case 'opened':
        return path.opened(
          byLane((lane) => this.lanes[lane].applied),
          nowMs,
        )
      case 'ready':
        return path.phase === 'greeting' ? this.#greeted(path, input.watermarks, nowMs) : []
      case 'applied':
        path.proved()
        path.applied(input.lane, input.through, nowMs)
        return this.#applied(input.lane, input.through).concat(this.pump(nowMs))
      case 'gap':
        return this.#gap(path, input.lane, input.expected, nowMs)
      case 'beat':
        path.proved()
        path.beatAnswered(input.n, nowMs)
        return this.pump(nowMs)
      case 'rewound':
      case 'fenced':
        return this.#stop({ do: input.is })
      case 'closed':
        path.closed(nowMs)
        this.#release(path)
        return this.pump(nowMs)
    }
  }

  /** Call at `wakeAtMs` or later; harmless earlier. */
  wake(nowMs: number): UplinkEffect[] {
    const effects: UplinkEffect[] = []
    for (const path of this.paths) {
      const wasLive = path.live
      effects.push(...path.wake(nowMs))
      if (wasLive && !path.live) this.#release(path)
    }
    return [...effects, ...this.#pumpLive(nowMs)]
  }

  /** Sends what the paths' windows allow, on each the highest lane first by share. */
  pump(nowMs: number): UplinkEffect[] {
    let due: UplinkEffect[] | null = null
    for (const path of this.paths) {
      if (path.phase === 'waiting' && nowMs >= path.wakeAtMs) due = [...(due ?? []), ...path.wake(nowMs)]
    }
    const sent = this.#pumpLive(nowMs)
    return due === null ? sent : [...due, ...sent]
  }

  #pumpLive(nowMs: number): UplinkEffect[] {
    const live = this.paths.filter((path) => path.live)
    if (live.length === 0) return []
    for (const lane of LANES) if (this.lanes[lane].unsent) this.#route(lane, live, nowMs)
    const effects: UplinkEffect[] = live.length > 1 ? this.#hedge(live, nowMs) : []
    const urgentPath = this.#carrier.critical ?? this.#carrier.control ?? fastest(live, nowMs)
    for (const path of live) this.#fill(path, urgentPath, nowMs, effects)
    return effects
  }

  #route(lane: Lane, live: readonly UplinkPath[], nowMs: number): void {
    const current = this.#carrier[lane]
    const { sent, applied } = this.lanes[lane]
    const busyBytes = sent > applied && current !== null ? bytesOf(current, lane) : 0
    const chosen = choosePath(lane, live, current, busyBytes, nowMs)
    if (chosen !== current && current !== null && sent > applied) {
      this.#leaving.add(lane)
      return
    }
    this.#leaving.delete(lane)
    this.#carrier[lane] = chosen
  }

  #fill(path: UplinkPath, urgentPath: UplinkPath | null, nowMs: number, effects: UplinkEffect[]): void {
    const waits = (lane: Lane) =>
      this.#carrier[lane] === path && this.lanes[lane].unsent && !this.#leaving.has(lane)
    const hasRoom = (lane: Lane) => path.onItsWayBytes < roomBytes(lane, path, urgentPath)
    while (this.#anyUnsent) {
      const lane = path.scheduler.next(waits, hasRoom)
      if (lane === null) break
      const backlog = this.lanes[lane]
      const { count, bytes } = backlog.batch(this.#options.batchRecords, path.window.batchBytes)
      const { sent, applied: appliedThen } = backlog
      effects.push(path.sent({ lane, first: sent + 1, count, bytes, appliedThen, hedge: 'none' }, nowMs))
      backlog.sent += count
      path.scheduler.sent(lane, bytes)
      if (isUrgent(lane)) this.#hedges.earn(bytes)
    }
    if (!this.#anyUnsent) path.scheduler.rest()
    else if (LANES.some(waits)) path.window.limited()
  }

  get #anyUnsent(): boolean {
    for (const lane of LANES) if (this.lanes[lane].unsent) return true
    return false
  }

  /** Sends urgent batches that are late on their path by the second-best one too. */
  #hedge(live: readonly UplinkPath[], nowMs: number): UplinkEffect[] {
    const effects: UplinkEffect[] = []
    this.#hedgedAtMs = nowMs
    for (const { path, batch } of this.#hedgeable()) {
      if (nowMs < batch.sentAtMs + path.hedgeAfterMs) continue
      const { lane, first, count, bytes } = batch
      const second = fastest(
        live.filter((other) => other !== path),
        nowMs,
      )
      if (second === null || second.onItsWayBytes >= roomBytes(lane, second, second)) continue
      const appliedThen = this.lanes[lane].applied
      const continues = first <= Math.max(second.sentThrough[lane], appliedThen) + 1
      batch.hedge = 'copied'
      if (!continues || !this.#hedges.spend(bytes)) continue
      effects.push(second.sent({ lane, first, count, bytes, appliedThen, hedge: 'copy' }, nowMs))
    }
    return effects
  }

  /** Urgent batches that went out once and that central does not have yet, oldest of each lane first. */
  #hedgeable(): { path: UplinkPath; batch: OnItsWay }[] {
    return LANES.filter(isUrgent).flatMap((lane) => {
      const path = this.#carrier[lane]
      if (path === null || this.lanes[lane].sent === this.lanes[lane].applied) return []
      const { applied } = this.lanes[lane]
      return path.onItsWay
        .filter(
          (batch) => batch.lane === lane && batch.hedge === 'none' && batch.first + batch.count - 1 > applied,
        )
        .map((batch) => ({ path, batch }))
    })
  }

  /** When the next urgent batch is late; a batch that is late already waits for room, which comes with an answer. */
  #nextHedgeMs(): number {
    if (this.paths.length < 2 || this.paths.filter(({ live }) => live).length < 2) {
      return Number.POSITIVE_INFINITY
    }
    const due = this.#hedgeable().map(({ path, batch }) => batch.sentAtMs + path.hedgeAfterMs)
    return Math.min(Number.POSITIVE_INFINITY, ...due.filter((atMs) => atMs > this.#hedgedAtMs))
  }

  #greeted(path: UplinkPath, watermarks: Partial<Record<Lane, number>>, nowMs: number): UplinkEffect[] {
    const effects: UplinkEffect[] = []
    for (const lane of LANES) {
      const central = watermarks[lane] ?? 0
      const local = this.lanes[lane].last
      if (central > local) return this.#stop({ do: 'regressed', lane, central, local })
      if (central < Math.min(path.appliedAtHello[lane], this.lanes[lane].applied)) {
        const { refilled, effects: told } = this.#forgotten(path, lane, central, nowMs)
        effects.push(...told)
        if (!refilled) return effects
      }
    }
    path.greeted(nowMs)
    for (const lane of LANES) effects.push(...this.#applied(lane, watermarks[lane] ?? 0))
    // The first beat, ahead of any data: what the path is like should be known before a lane depends on it.
    return [...effects, ...path.wake(nowMs), ...this.#pumpLive(nowMs)]
  }

  #applied(lane: Lane, through: number): UplinkEffect[] {
    return this.lanes[lane].advance(through)
      ? [{ do: 'applied', lane, through: this.lanes[lane].applied }]
      : []
  }

  /**
   * Every batch behind the missing one is refused too, and answers do not say which batch they are for: only a new
   * connection tells what is on its way from what was. Gaps come from faults of central alone, so it may cost a retry.
   */
  #gap(path: UplinkPath, lane: Lane, expected: number, nowMs: number): UplinkEffect[] {
    const appliedThen = path.onItsWay.find((batch) => batch.lane === lane)?.appliedThen
    if (expected <= (appliedThen ?? 0)) {
      const { refilled, effects } = this.#forgotten(path, lane, expected - 1, nowMs)
      return refilled ? [...effects, ...this.#giveUp(path, 'central lost records', nowMs)] : effects
    }
    return this.#giveUp(path, `central misses records of lane ${lane} from ${expected} on`, nowMs)
  }

  /** Central has less than it had: everything after is sent again, where the log still has it. */
  #forgotten(
    path: UplinkPath,
    lane: Lane,
    central: number,
    nowMs: number,
  ): { refilled: boolean; effects: UplinkEffect[] } {
    const { applied } = this.lanes[lane]
    if (!this.lanes[lane].rewind(central)) {
      const why = 'central lost records it had acknowledged'
      return {
        refilled: false,
        effects: [{ do: 'forgotten', lane, central, applied }, ...this.#giveUp(path, why, nowMs)],
      }
    }
    this.lanes[lane].sent = this.lanes[lane].applied
    // What the others have on their way continues what central has no more.
    const others = this.paths.filter((other) => other !== path && other.live)
    const why = 'central lost records: starting again from what it has'
    const effects = others.flatMap((other) => this.#giveUp(other, why, nowMs))
    return { refilled: true, effects: [{ do: 'refill', lane, central, applied }, ...effects] }
  }

  #giveUp(path: UplinkPath, why: string, nowMs: number): UplinkEffect[] {
    const effects = path.giveUp(why, nowMs)
    this.#release(path)
    return effects
  }

  /** The lanes of a path that is gone go on where their copies are, or start again from what central has. */
  #release(gone: UplinkPath): void {
    for (const lane of LANES) {
      if (this.#carrier[lane] !== gone) continue
      const backlog = this.lanes[lane]
      const heirs = this.paths.filter((path) => path.live && path.sentThrough[lane] > backlog.applied)
      const heir = heirs.sort((a, b) => b.sentThrough[lane] - a.sentThrough[lane])[0] ?? null
      this.#carrier[lane] = heir
      this.#leaving.delete(lane)
      backlog.sent = heir === null ? backlog.applied : heir.sentThrough[lane]
    }
  }

  #stop(why: UplinkEffect): UplinkEffect[] {
    this.#stopped = true
    return [
      why,
      ...this.paths.flatMap((path) =>
        path.stop('central has more or other records of this log than the log itself'),
      ),
    ]
  }
}

function bytesOf(path: UplinkPath, lane: Lane): number {
  return path.onItsWay.reduce((sum, batch) => sum + (batch.lane === lane ? batch.bytes : 0), 0)
}

function byLane<T>(of: (lane: Lane) => T): Record<Lane, T> {
  return Object.fromEntries(LANES.map((lane) => [lane, of(lane)])) as Record<Lane, T>
}
