// What sessions get in one tick, shared: those that get the same frames in the same order hold the same batch, and its
// bytes are put together once for all of them.
import type { SharedFrame } from './ws-frame.ts'

export class OutputBatch {
  readonly #before: OutputBatch | null
  readonly #frame: SharedFrame | null
  readonly #count: number
  /** Of the plain frames. */
  readonly bytes: number
  #lastFrame: SharedFrame | null = null
  #lastBatch: OutputBatch | null = null
  #others: Map<SharedFrame, OutputBatch> | null = null
  #plain: Buffer | null = null
  #deflated: Buffer | null = null

  private constructor(before: OutputBatch | null, frame: SharedFrame | null) {
    this.#before = before
    this.#frame = frame
    this.#count = before ? before.#count + 1 : 0
    this.bytes = before && frame ? before.bytes + frame.plain.length : 0
  }

  /** Where every session starts in a tick. */
  static empty(): OutputBatch {
    return new OutputBatch(null, null)
  }

  /** This batch with `frame` after it. */
  with(frame: SharedFrame): OutputBatch {
    if (this.#lastFrame === frame) return this.#lastBatch as OutputBatch
    const next = this.#others?.get(frame) ?? new OutputBatch(this, frame)
    if (this.#lastFrame) {
      this.#others ??= new Map()
      this.#others.set(this.#lastFrame, this.#lastBatch as OutputBatch)
    }
    this.#lastFrame = frame
    this.#lastBatch = next
    return next
  }

  /** All frames, one after the other. `deflate`: compressed, where that is smaller. */
  encode(deflate: boolean): Buffer {
    if (deflate) {
      this.#deflated ??= joined(this.#frames().map((frame) => frame.deflated))
      return this.#deflated
    }
    this.#plain ??= joined(this.#frames().map((frame) => frame.plain))
    return this.#plain
  }

  #frames(): SharedFrame[] {
    const frames = new Array<SharedFrame>(this.#count)
    let batch: OutputBatch = this
    for (let i = this.#count - 1; i >= 0; i--) {
      frames[i] = batch.#frame as SharedFrame
      batch = batch.#before as OutputBatch
    }
    return frames
  }
}

function joined(frames: readonly Buffer[]): Buffer {
  return frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames)
}
