// A message as the session wire has it, encoded once however many sessions it is sent to, now or when they resume.
import type { Message } from '../protocol/session.ts'
import type { LogRecord } from '../queue/record.ts'

export class MessageFrames {
  /** Lives as long as its record: the history of the channels bounds both. */
  readonly #frames = new WeakMap<LogRecord, Buffer>()

  of(record: LogRecord): Buffer {
    let frame = this.#frames.get(record)
    if (!frame) {
      const { ch, off, client, body, at } = record
      const message: Message = { t: 'msg', ch, off, client, body, at }
      frame = Buffer.from(JSON.stringify(message))
      this.#frames.set(record, frame)
    }
    return frame
  }
}
