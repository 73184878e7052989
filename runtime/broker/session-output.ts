// Writes to one session's socket: everything of a tick in one write while the link keeps up; beyond, what waits stays
// in a queue outside the socket, so that what the PoP itself has to say never stands behind data.
import type { Duplex } from 'node:stream'
import type { StreamMessage } from './message-frames.ts'
import { OutputBatch } from './output-batch.ts'
import { OutputQueue } from './output-queue.ts'
import type { OutputStream } from './output-stream.ts'
import type { SharedFrame } from './ws-frame.ts'

/** Written and not yet taken by the system, bytes, above which nothing more is written. */
const SOCKET_BYTES_MAX = 16 * 1024
/** Of a tick's messages in one write, bytes. */
const WRITE_BYTES_MAX = 256 * 1024
/** Of one write from the queue, bytes. */
const QUEUED_WRITE_BYTES = 16 * 1024
const NOTHING = Buffer.alloc(0)

/** The sessions of one thread that have something to write in this tick. */
export class OutputTick {
  readonly #soon: (act: () => void) => void
  #dirty: SessionOutput[] = []
  empty = OutputBatch.empty()

  /** `soon`: calls once the events at hand have been handled. */
  constructor(soon: (act: () => void) => void) {
    this.#soon = soon
  }

  add(output: SessionOutput): void {
    if (this.#dirty.push(output) === 1) this.#soon(() => this.flush())
  }

  flush(): void {
    const dirty = this.#dirty
    this.#dirty = []
    this.empty = OutputBatch.empty()
    for (const output of dirty) output.flush()
  }
}

export interface OutputLimits {
  /** What may wait for a session, bytes. */
  bytesMax: number
  tick: OutputTick
  /** The session is too far behind to be served. */
  lost: (session: number) => void
}

export class SessionOutput {
  readonly #session: number
  readonly #socket: Duplex
  /** It shares compressed frames. */
  readonly #deflate: boolean
  readonly #limits: OutputLimits
  #dirty = false
  #batch: OutputBatch | null = null
  #control: SharedFrame[] | null = null
  /** Only while the session is behind. */
  #queue: OutputQueue | null = null
  /** The socket is to take what it has before it gets more. */
  #full = false

  constructor(session: number, socket: Duplex, deflate: boolean, limits: OutputLimits) {
    this.#session = session
    this.#socket = socket
    this.#deflate = deflate
    this.#limits = limits
  }

  /** What the PoP itself has to say: before any message that waits. */
  control(frame: SharedFrame): void {
    if (this.#full || this.#queue) {
      this.#queued().control(frame)
      this.#judge()
    } else {
      this.#control ??= []
      this.#control.push(frame)
    }
    this.#mark()
  }

  /** A value of which only the newest counts, by `key`. */
  value(key: string, frame: SharedFrame): void {
    if (this.#full || this.#queue) {
      this.#queued().value(key, frame)
      this.#judge()
      this.#mark()
    } else {
      this.control(frame)
    }
  }

  /** Sends a message with this tick; false where the session is behind and its stream has to wait. */
  message(message: StreamMessage): boolean {
    // A burst is no reason to call a link slow: it is first offered to the socket.
    if (this.#batch && this.#batch.bytes >= WRITE_BYTES_MAX) this.flush()
    if (this.#full || this.#queue) return false
    this.#batch = (this.#batch ?? this.#limits.tick.empty).with(message)
    this.#mark()
    return true
  }

  /** From here on the stream's messages wait for their turn. */
  behind(stream: OutputStream): void {
    this.#queued().add(stream)
    this.#mark()
  }

  offer(stream: OutputStream, message: StreamMessage): void {
    this.#queue?.offer(stream, message)
    this.#judge()
  }

  forget(stream: OutputStream): void {
    this.#queue?.remove(stream)
  }

  /** Writes what this tick has so far. */
  flush(): void {
    this.#dirty = false
    if (this.#socket.destroyed) return
    const [control, batch] = [this.#control, this.#batch]
    this.#control = null
    this.#batch = null
    if (control) this.#write(encode(control, this.#deflate), batch !== null)
    if (batch) this.#write(batch.encode(this.#deflate), false)
    while (this.#queue && !this.#full) this.#writeQueued(this.#queue)
  }

  #writeQueued(queue: OutputQueue): void {
    const frames = queue.take(QUEUED_WRITE_BYTES)
    this.#judge()
    if (frames.length > 0) this.#write(encode(frames, this.#deflate), false)
    if (queue.isEmpty) this.#queue = null
  }

  /** `more`: another write follows at once, and both leave together. */
  #write(bytes: Buffer, more: boolean): void {
    const socket = this.#socket
    if (more) socket.cork()
    socket.write(bytes)
    if (more) return
    if (socket.writableCorked > 0) socket.uncork()
    if (socket.writableLength <= SOCKET_BYTES_MAX || this.#full) return
    this.#full = true
    // Its callback comes when all before it has been taken; 'drain' would come for larger amounts only.
    socket.write(NOTHING, () => {
      this.#full = false
      this.flush()
    })
  }

  #queued(): OutputQueue {
    this.#queue ??= new OutputQueue(this.#limits.bytesMax)
    return this.#queue
  }

  #judge(): void {
    if (!this.#queue?.isLost) return
    this.#queue = null
    this.#limits.lost(this.#session)
  }

  #mark(): void {
    if (this.#dirty) return
    this.#dirty = true
    this.#limits.tick.add(this)
  }
}

function encode(frames: readonly SharedFrame[], deflate: boolean): Buffer {
  const buffers = frames.map((frame) => (deflate ? frame.deflated : frame.plain))
  return buffers.length === 1 ? (buffers[0] as Buffer) : Buffer.concat(buffers)
}
