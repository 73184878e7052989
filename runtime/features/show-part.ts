// What the parts that hang on one channel of the show have in common: the door for an operator's body, and telling
// who joins the channel what holds there.
import type { Denial, Part, PartEffect } from '../broker/part.ts'
import type { PublishInput } from '../broker/pop-io.ts'
import type { Parsed } from '../protocol/fields.ts'
import type { ShowState } from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'

export abstract class ShowPart<Action> implements Part {
  abstract readonly name: string
  abstract readonly channel: string
  get wakeAtMs(): number {
    return Number.POSITIVE_INFINITY
  }

  protected abstract parse(body: unknown): Parsed<Action>

  /** Why an operator's well-formed action cannot be done now, or null. `tMs`: the wall clock. */
  protected abstract refuse(action: Action, tMs: number): Denial | null

  /** An action is durable, an operator's or the PoP's own. It may have been overtaken since it was admitted: then it has no effect. */
  protected abstract act(action: Action, record: LogRecord, live: boolean, nowMs: number): PartEffect[]

  /** For who joins now; null where there is nothing to say. */
  protected abstract state(tMs: number): ShowState | null

  abstract snapshot(): unknown
  abstract restore(snapshot: unknown): void

  admit({ ch, lane, body, origin, t }: PublishInput): Denial | null {
    // What is relayed was admitted where it was published.
    if (ch !== this.channel || origin !== undefined) return null
    if (lane !== 'control') return invalid(`publish to ${ch} on lane control`)
    const action = this.parse(body)
    return 'wrong' in action ? invalid(action.wrong) : this.refuse(action.ok, t)
  }

  apply(record: LogRecord, live: boolean, nowMs: number): PartEffect[] {
    if (record.ch !== this.channel) return []
    const action = this.parse(record.body)
    return 'wrong' in action ? [] : this.act(action.ok, record, live, nowMs)
  }

  joined(client: string, ch: string, _nowMs: number, tMs: number): PartEffect[] {
    if (ch !== this.channel) return []
    const body = this.state(tMs)
    return body ? [{ do: 'tell-client', client, frame: { t: 'state', ch, body } }] : []
  }

  left(_client: string, _ch: string, _nowMs: number, _tMs: number): PartEffect[] {
    return []
  }

  wake(_nowMs: number, _tMs: number): PartEffect[] {
    return []
  }
}

function invalid(why: string): Denial {
  return { code: 'MP_SHOW_INVALID', why }
}
