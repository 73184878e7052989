// Which lane sends next: deficit round robin, so that a higher lane gets most and a lower lane is never starved.
// Method: Shreedhar and Varghese, "Efficient fair queueing using deficit round robin", SIGCOMM 1995.
import { LANES, type Lane } from '../protocol/lanes.ts'

/** Relative shares of the uplink while every lane has a backlog: bulk keeps 1/31 of it. */
export const LANE_WEIGHTS: Record<Lane, number> = {
  control: 16,
  critical: 8,
  interactive: 4,
  state: 2,
  bulk: 1,
}

/** Bytes that weight 1 may send in a round. A batch may overshoot; the overshoot is paid back next round. */
const QUANTUM_BYTES = 4096

export class LaneScheduler {
  readonly #deficit: Record<Lane, number> = { control: 0, critical: 0, interactive: 0, state: 0, bulk: 0 }

  /**
   * The highest lane with a backlog, room and credit left, or null where nothing can be sent. A lane that waits for
   * room keeps its credit; one that waits for nothing loses it.
   */
  next(waiting: (lane: Lane) => boolean, hasRoom: (lane: Lane) => boolean = () => true): Lane | null {
    const ready: Lane[] = []
    for (const lane of LANES) {
      if (!waiting(lane)) this.#deficit[lane] = 0
      else if (hasRoom(lane)) ready.push(lane)
    }
    if (ready.length === 0) return null
    for (;;) {
      for (const lane of ready) if (this.#deficit[lane] > 0) return lane
      for (const lane of ready) this.#deficit[lane] += LANE_WEIGHTS[lane] * QUANTUM_BYTES
    }
  }

  /** Nothing waits: as `next` would find. */
  rest(): void {
    for (const lane of LANES) this.#deficit[lane] = 0
  }

  sent(lane: Lane, bytes: number): void {
    this.#deficit[lane] -= bytes
  }
}
