// What the attendees of a run say until its end, and the polls that its operator opens.
import type { Lane } from '../../runtime/protocol/lanes.ts'
import { SHOW, VOTE_PREFIX } from '../../runtime/protocol/show.ts'
import { pick } from '../../runtime/testing/seeded-random.ts'
import type { Attendee } from './attendee.ts'
import type { EventQueue } from './event-queue.ts'
import type { Plan } from './plan.ts'
import { CHANNELS } from './pop-process.ts'

/** How long a poll is open. A run's quiet end is longer. */
const POLL_MS = 4_000

export class Workload {
  readonly #queue: EventQueue
  readonly #random: () => number
  readonly #plan: Plan
  #polls = 0

  constructor(queue: EventQueue, random: () => number, plan: Plan) {
    this.#queue = queue
    this.#random = random
    this.#plan = plan
  }

  /** Has the attendee say something now and then: a vote in the newest poll, or a text. */
  start(attendee: Attendee): void {
    const random = this.#random
    this.#queue.after(-Math.log(1 - random()) * this.#plan.everyMs, () => {
      if (this.#queue.nowMs > this.#plan.endMs) return
      const roll = random()
      const ack = roll < 0.6 ? 'disk' : roll < 0.75 ? 'replica' : roll < 0.85 ? 'central' : 'memory'
      const lane = (['critical', 'interactive', 'interactive', 'state', 'bulk'] as const)[
        pick(random, 5)
      ] as Lane
      if (this.#polls > 0 && random() < 0.25) {
        attendee.publish('interactive', `${VOTE_PREFIX}p${this.#polls}`, 'disk', { choice: pick(random, 3) })
      } else {
        const names = Object.keys(CHANNELS)
        const ch = names[pick(random, names.length)] as string
        // Who waits for central in a channel that stays here is told that it is on disk.
        attendee.say(lane, ch, ch === 'local' && ack === 'central' ? 'disk' : ack, pick(random, 400))
      }
      this.start(attendee)
    })
  }

  /** Has the operator open one poll after the other. */
  openPolls(operator: Attendee): void {
    this.#queue.after(POLL_MS * (0.2 + this.#random()), () => {
      if (this.#queue.nowMs > this.#plan.endMs) return
      const id = `p${++this.#polls}`
      const body = { do: 'open', id, question: 'Which?', options: ['a', 'b', 'c'], closesAfterMs: POLL_MS }
      operator.publish('control', SHOW.polls, 'disk', body)
      this.openPolls(operator)
    })
  }
}
