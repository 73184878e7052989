// The queries of one thread's sessions: however many ask the same, the core keeps one aggregate and tells it once.
import type { AggregateValue } from '../protocol/filter.ts'
import type { Query, Result } from '../protocol/session.ts'
import { queryKey } from '../queries/filter.ts'
import type { Denial } from './part.ts'
import type { Session } from './session.ts'
import type { ToCore } from './session-link.ts'
import { SharedFrame } from './ws-frame.ts'

interface Asked {
  /** Sessions by the id that each gave the query. */
  byId: Map<string, Map<Session, { live: boolean }>>
  value: AggregateValue | null
}

export class SessionQueries {
  readonly #core: (item: ToCore) => void
  readonly #asked = new Map<string, Asked>()

  constructor(core: (item: ToCore) => void) {
    this.#core = core
  }

  /** Takes the place of an earlier query of the session under the same id. */
  ask(session: Session, { id, ch, where, agg, live = false }: Query): void {
    this.end(session, id)
    const key = queryKey(ch, where, agg)
    let asked = this.#asked.get(key)
    if (!asked) {
      asked = { byId: new Map(), value: null }
      this.#asked.set(key, asked)
      this.#core({ do: 'query', key, query: { ch, where, agg } })
    }
    const sessions = asked.byId.get(id) ?? new Map()
    asked.byId.set(id, sessions.set(session, { live }))
    session.queries ??= new Map()
    session.queries.set(id, key)
    if (!asked.value) return
    session.output.value(id, resultFrame(id, asked.value))
    if (!live) this.end(session, id)
  }

  /** False where the session has no such query. */
  end(session: Session, id: string): boolean {
    const key = session.queries?.get(id)
    if (key === undefined) return false
    session.queries?.delete(id)
    const asked = this.#asked.get(key) as Asked
    const sessions = asked.byId.get(id)
    sessions?.delete(session)
    if (sessions?.size === 0) asked.byId.delete(id)
    if (asked.byId.size === 0) {
      this.#asked.delete(key)
      this.#core({ do: 'unquery', key })
    }
    return true
  }

  forget(session: Session): void {
    for (const id of [...(session.queries?.keys() ?? [])]) this.end(session, id)
  }

  result(key: string, value: AggregateValue): void {
    const asked = this.#asked.get(key)
    if (!asked) return
    asked.value = value
    for (const [id, sessions] of [...asked.byId]) {
      const frame = resultFrame(id, value)
      for (const [session, { live }] of [...sessions]) {
        session.output.value(id, frame)
        if (!live) this.end(session, id)
      }
    }
  }

  /** As many are open as the PoP keeps: whoever asked this is told, and may ask again. */
  refused(key: string, denial: Denial): void {
    const asked = this.#asked.get(key)
    this.#asked.delete(key)
    for (const [id, sessions] of asked?.byId ?? []) {
      for (const session of sessions.keys()) {
        session.queries?.delete(id)
        session.tell({ t: 'err', ...denial, id })
      }
    }
  }
}

function resultFrame(id: string, value: AggregateValue): SharedFrame {
  const result: Result = { t: 'result', id, value }
  return new SharedFrame(JSON.stringify(result))
}
