// The comparison of what this log and central really have: when to compare, what to read, what to send again.
// Pure: inputs carry `nowMs`, the answer is a list of effects. Why digests over blocks: decisions/0007.
//
// A round asks central up to where it let messages go for their age, then goes through the lanes: it sums the digests
// of each block of records, sends the sums, lists the records of blocks that differ, and sends what central lacks.
// One frame is on its way at a time, and disk and link are used at a bounded rate, only while no backlog drains.
import { LANES, type Lane } from '../protocol/lanes.ts'
import type { BlockDigest, LaneDigests, Missing, RecordDigests } from '../protocol/uplink.ts'
import { BlockSums } from './block-sums.ts'
import type {
  DigestedRecord,
  ReconcileAnswer,
  ReconcileEffect,
  ReconcileInput,
  ReconcileOptions,
  RoundTally,
} from './reconcile-effects.ts'
import { encodeDigests } from './record-digest.ts'

/** Records read from disk at once, and the pause after it: about 10,000 records a second. */
const READ_RECORDS = 256
const READ_EVERY_MS = 25
/** Blocks in one frame: central reads as many thousand rows to answer it. */
const FRAME_BLOCKS = 32
/** Of records in one frame, as a batch: what a critical message can be stuck behind. */
const REPAIR_BYTES = 16 * 1024
const REPAIR_RECORDS = 128
/** An answer that takes longer is given up, and the round with it. */
const ANSWER_WITHIN_MS = 30_000
/** While a backlog drains, how often it is looked whether it has. */
const DRAINING_MS = 1_000
/** Rounds start at the interval, give or take this share, so that PoPs do not ask together. */
const JITTER = 0.1
/** Differences that are known and cannot be repaired, at most: the oldest are looked into anew. */
const EXPLAINED_MAX = 1_024

/** What is awaited: a read, or the answer to a frame. */
type Awaited = 'read' | ReconcileAnswer['t']

interface Lacking {
  laneSeq: number
  bytes: number
}

/** A round in progress: where it is, and what it has to do before it goes on. */
interface Round {
  awaiting: Awaited | null
  /** Lanes still to go through. */
  lanes: Lane[]
  expired: Partial<Record<Lane, number>>
  /** The lane being summed, from record `at` on. */
  at: { lane: Lane; at: number; through: number } | null
  /** Sums that central has not been asked about. */
  blocks: BlockDigest[]
  /** Central's own of blocks that differ and were not looked into. */
  differing: BlockDigest[]
  listing: { block: BlockDigest; records: DigestedRecord[] } | null
  lacking: Lacking[]
  /** Of the blocks under way. */
  lane: Lane
  tally: RoundTally
}

export class Reconcile {
  readonly #options: ReconcileOptions
  readonly #sums = new BlockSums()
  /** What central had of a block whose difference was looked into and cannot be repaired. */
  readonly #explained = new Map<string, string>()
  #live = false
  #draining = false
  #wakeAtMs = 0
  #dueAtMs: number | null = null
  #n = 0
  #round: Round | null = null

  constructor(options: ReconcileOptions) {
    this.#options = options
  }

  /** Infinite while there is nothing to do before an input. */
  get wakeAtMs(): number {
    return this.#wakeAtMs
  }

  input(input: ReconcileInput, nowMs: number): ReconcileEffect[] {
    const round = this.#round
    switch (input.is) {
      case 'link': {
        const came = input.live && !this.#live
        this.#live = input.live
        this.#draining = input.draining
        if (came && this.#dueAtMs !== null) this.#wakeAtMs = Math.max(nowMs, this.#dueAtMs)
        return !input.live && round ? this.#abandon('the uplink is gone', nowMs) : []
      }
      case 'read':
        if (round?.awaiting !== 'read') return []
        round.awaiting = null
        return this.#read(round, input.records, nowMs)
      case 'gone':
      case 'unreadable': {
        if (round?.awaiting !== 'read') return []
        round.awaiting = null
        const left = this.#leaveOut(round)
        const told = input.is === 'unreadable' && left ? this.#unreadable(round, left, input.why) : []
        return [...told, ...this.#now(nowMs)]
      }
      case 'answer':
        if (!round || input.frame.n !== this.#n || round.awaiting !== input.frame.t) return []
        round.awaiting = null
        return this.#answer(round, input.frame, nowMs)
    }
  }

  /** Call at `wakeAtMs` or later; harmless earlier. */
  wake(nowMs: number): ReconcileEffect[] {
    if (nowMs < this.#wakeAtMs) return []
    const { everyMs, random } = this.#options
    if (this.#dueAtMs === null) {
      this.#dueAtMs = nowMs + everyMs * random()
      this.#wakeAtMs = this.#dueAtMs
      return []
    }
    if (this.#round?.awaiting) return this.#abandon(`no ${this.#round.awaiting} in time`, nowMs)
    if (!this.#live) {
      this.#wakeAtMs = Number.POSITIVE_INFINITY
      return []
    }
    if (this.#draining) {
      this.#wakeAtMs = nowMs + DRAINING_MS
      return []
    }
    return this.#round ? this.#go(this.#round, nowMs) : this.#open(nowMs)
  }

  #open(nowMs: number): ReconcileEffect[] {
    this.#plan(nowMs)
    this.#round = {
      awaiting: null,
      lanes: [...LANES],
      expired: {},
      at: null,
      blocks: [],
      differing: [],
      listing: null,
      lacking: [],
      lane: LANES[0],
      tally: { blocks: 0, differing: 0, sentAgain: 0, repaired: 0, unreadable: 0 },
    }
    const versions = this.#options.versions()
    return this.#await(this.#round, 'reconciling', nowMs, {
      do: 'compare',
      frame: { t: 'reconcile', n: ++this.#n, versions },
    })
  }

  /** The next thing to do of a round in which nothing is awaited. */
  #go(round: Round, nowMs: number): ReconcileEffect[] {
    if (round.lacking.length > 0) return this.#repair(round, nowMs)
    if (round.listing) return this.#readNext(round, round.listing.block, round.listing.records.length, nowMs)
    const block = this.#nextUnexplained(round)
    if (block) {
      round.tally.differing++
      round.listing = { block, records: [] }
      return this.#readNext(round, block, 0, nowMs)
    }
    return this.#sum(round, nowMs)
  }

  /** Sums blocks of the lane under way until a frame is full or the lane is done; then asks central about them. */
  #sum(round: Round, nowMs: number): ReconcileEffect[] {
    const { at, lane, blocks } = round
    if (at !== null && at.at <= at.through && blocks.length < FRAME_BLOCKS) {
      const wanted = this.#sums.blockAt(lane, at.at, at.through)
      if (wanted.read < wanted.to) {
        const block = { ...wanted, count: 0, sum: '' }
        return this.#readNext(round, block, wanted.read - wanted.from + 1, nowMs)
      }
      blocks.push(this.#sums.digest(wanted))
      at.at = wanted.to + 1
      return this.#go(round, nowMs)
    }
    if (blocks.length > 0) {
      round.blocks = []
      round.tally.blocks += blocks.length
      const frame: LaneDigests = { t: 'digests', n: ++this.#n, lane, blocks }
      return this.#await(round, 'differing', nowMs, { do: 'compare', frame })
    }
    return this.#nextLane(round) ? this.#go(round, nowMs) : this.#finish(round)
  }

  /** False where all lanes were gone through. */
  #nextLane(round: Round): boolean {
    const lane = round.lanes.shift()
    if (lane === undefined) return false
    const { from, through } = this.#options.spans()[lane] ?? { from: 1, through: 0 }
    const at = Math.max(from, (round.expired[lane] ?? 0) + 1)
    this.#sums.dropBefore(lane, at)
    round.lane = lane
    round.at = { lane, at, through }
    return true
  }

  #readNext(round: Round, { from, to }: BlockDigest, done: number, nowMs: number): ReconcileEffect[] {
    const first = from + done
    const count = Math.min(READ_RECORDS, to - first + 1)
    return this.#await(round, 'read', nowMs, { do: 'read', lane: round.lane, from: first, count })
  }

  #read(round: Round, records: readonly DigestedRecord[], nowMs: number): ReconcileEffect[] {
    const { listing, lane, at } = round
    if (listing) {
      listing.records.push(...records)
      const { from, to } = listing.block
      if (listing.records.length === to - from + 1) {
        const digests = encodeDigests(listing.records.map(({ digest }) => digest))
        const frame: RecordDigests = { t: 'records', n: ++this.#n, lane, from, digests }
        return this.#await(round, 'missing', nowMs, { do: 'compare', frame })
      }
    } else if (at) {
      this.#sums.add(records.map(({ digest }) => digest))
    }
    this.#wakeAtMs = nowMs + READ_EVERY_MS
    return []
  }

  #answer(round: Round, frame: ReconcileAnswer, nowMs: number): ReconcileEffect[] {
    switch (frame.t) {
      case 'reconciling':
        round.expired = frame.expired
        return this.#now(nowMs)
      case 'differing':
        round.differing = frame.blocks
        return this.#now(nowMs)
      case 'missing':
        return this.#missing(round, frame, nowMs)
      case 'repaired':
        round.tally.repaired += frame.stored
        return this.#now(nowMs)
    }
  }

  #missing(round: Round, { lacks, extra, other }: Missing, nowMs: number): ReconcileEffect[] {
    const { listing, lane } = round
    if (!listing) return []
    round.listing = null
    const { block, records } = listing
    if (lacks.length === 0) this.#explain(lane, block)
    round.lacking = lacks.flatMap((laneSeq) => {
      const bytes = records[laneSeq - block.from]?.bytes
      return bytes === undefined ? [] : [{ laneSeq, bytes }]
    })
    const found = { lacks: lacks.length, extra: extra.length, other: other.length }
    return [{ do: 'differs', lane, from: block.from, ...found }, ...this.#now(nowMs)]
  }

  #repair(round: Round, nowMs: number): ReconcileEffect[] {
    const { lacking, lane } = round
    let count = 0
    let bytes = 0
    while (count < Math.min(lacking.length, REPAIR_RECORDS)) {
      bytes += (lacking[count] as Lacking).bytes
      if (count > 0 && bytes > REPAIR_BYTES) break
      count++
    }
    const laneSeqs = lacking.splice(0, count).map(({ laneSeq }) => laneSeq)
    round.tally.sentAgain += count
    return this.#await(round, 'repaired', nowMs, { do: 'repair', n: ++this.#n, lane, laneSeqs })
  }

  /** Goes on after the block under way; returns what it covers. */
  #leaveOut(round: Round): { from: number; to: number } | null {
    const { listing, lane, at } = round
    round.listing = null
    if (listing) return listing.block
    if (!at) return null
    const block = this.#sums.blockAt(lane, at.at, at.through)
    at.at = block.to + 1
    return block
  }

  #unreadable({ lane, tally }: Round, { from, to }: { from: number; to: number }, why: string) {
    tally.unreadable++
    return [{ do: 'unreadable', lane, from, through: to, why } satisfies ReconcileEffect]
  }

  #nextUnexplained({ differing, lane }: Round): BlockDigest | undefined {
    for (;;) {
      const block = differing.shift()
      if (!block || this.#explained.get(nameOf(lane, block)) !== contentOf(block)) return block
    }
  }

  #explain(lane: Lane, block: BlockDigest): void {
    this.#explained.delete(nameOf(lane, block))
    this.#explained.set(nameOf(lane, block), contentOf(block))
    for (const oldest of this.#explained.keys()) {
      if (this.#explained.size <= EXPLAINED_MAX) return
      this.#explained.delete(oldest)
    }
  }

  #await(round: Round, what: Awaited, nowMs: number, effect: ReconcileEffect): ReconcileEffect[] {
    round.awaiting = what
    this.#wakeAtMs = nowMs + ANSWER_WITHIN_MS
    return [effect]
  }

  #now(nowMs: number): ReconcileEffect[] {
    this.#wakeAtMs = nowMs
    return this.wake(nowMs)
  }

  #finish({ tally }: Round): ReconcileEffect[] {
    this.#round = null
    this.#wakeAtMs = this.#dueAtMs ?? 0
    return [{ do: 'reconciled', tally }]
  }

  #abandon(why: string, nowMs: number): ReconcileEffect[] {
    this.#round = null
    this.#plan(nowMs)
    return [{ do: 'abandoned', why }]
  }

  #plan(nowMs: number): void {
    const { everyMs, random } = this.#options
    this.#dueAtMs = nowMs + everyMs * (1 - JITTER + 2 * JITTER * random())
    this.#wakeAtMs = this.#dueAtMs
  }
}

function nameOf(lane: Lane, { from, to }: BlockDigest): string {
  return `${lane}/${from}/${to}`
}

function contentOf({ count, sum }: BlockDigest): string {
  return `${count}/${sum}`
}
