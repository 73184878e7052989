// A PoP's side of a comparison for tests: the real state machine over a log in memory, under virtual time.
import type { Lane } from '../../protocol/lanes.ts'
import type { CentralUplinkFrame, PopUplinkFrame, UplinkRecord } from '../../protocol/uplink.ts'
import { Reconcile } from '../../queue/reconcile.ts'
import type { ReconcileAnswer, ReconcileEffect, RoundTally } from '../../queue/reconcile-effects.ts'
import { NO_RECORD, recordDigest } from '../../queue/record-digest.ts'

const RECORD_BYTES = 200
const EVERY_MS = 120_000

export class ReconcilingPop {
  /** Record n of a lane is at n - 1; null where it was shed. */
  readonly log: Partial<Record<Lane, (UplinkRecord | null)[]>>
  /** The log has nothing before this record of any lane. */
  keptFrom = 1
  /** Every frame sent in the last round. */
  sent: PopUplinkFrame[] = []
  /** What was told of differences in the last round. */
  told: ReconcileEffect[] = []
  readsOfRecords = 0
  readonly #ask: (frame: PopUplinkFrame) => Promise<CentralUplinkFrame>
  readonly #reconcile: Reconcile
  #nowMs = 0

  constructor(
    log: Partial<Record<Lane, (UplinkRecord | null)[]>>,
    ask: (frame: PopUplinkFrame) => Promise<CentralUplinkFrame>,
  ) {
    this.log = log
    this.#ask = ask
    this.#reconcile = new Reconcile({
      everyMs: EVERY_MS,
      random: () => 0.5,
      spans: () =>
        Object.fromEntries(
          Object.entries(this.log).map(([lane, of]) => [lane, { from: this.keptFrom, through: of.length }]),
        ),
      versions: () => ({}),
    })
    this.#reconcile.wake(0)
    this.#reconcile.input({ is: 'link', live: true, draining: false }, 0)
  }

  /** Virtual time of the round in progress or last done, ms. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Runs the next round to its end. */
  async round(): Promise<RoundTally> {
    this.sent = []
    this.told = []
    this.readsOfRecords = 0
    const todo: ReconcileEffect[] = []
    for (;;) {
      const effect = todo.shift()
      if (effect === undefined) {
        this.#nowMs = Math.max(this.#nowMs, this.#reconcile.wakeAtMs)
        todo.push(...this.#reconcile.wake(this.#nowMs))
      } else if (effect.do === 'reconciled') return effect.tally
      else if (effect.do === 'abandoned') throw new Error(effect.why)
      else todo.push(...(await this.#perform(effect)))
    }
  }

  async #perform(effect: ReconcileEffect): Promise<ReconcileEffect[]> {
    if (effect.do === 'compare') return this.#answered(effect.frame)
    if (effect.do === 'repair') {
      const { n, lane, laneSeqs } = effect
      const records = laneSeqs.map(
        (seq) => [seq, this.log[lane]?.[seq - 1] as UplinkRecord] as [number, UplinkRecord],
      )
      return this.#answered({ t: 'repair', n, lane, records })
    }
    if (effect.do === 'read') {
      const { lane, from, count } = effect
      const records = (this.log[lane] ?? []).slice(from - 1, from - 1 + count)
      this.readsOfRecords += records.length
      const digests = records.map((record) => (record === null ? NO_RECORD : recordDigest(lane, record)))
      return this.#input({ is: 'read', records: digests.map((digest) => ({ digest, bytes: RECORD_BYTES })) })
    }
    this.told.push(effect)
    return []
  }

  async #answered(frame: PopUplinkFrame): Promise<ReconcileEffect[]> {
    this.sent.push(frame)
    return this.#input({ is: 'answer', frame: (await this.#ask(frame)) as ReconcileAnswer })
  }

  #input(input: Parameters<Reconcile['input']>[0]): ReconcileEffect[] {
    return this.#reconcile.input(input, this.#nowMs)
  }
}
