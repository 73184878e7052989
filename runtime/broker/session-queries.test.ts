// One aggregate in the core for all sessions of a thread that ask the same, asked once and ended with the last of them.
import { expect, test } from 'vitest'
import type { AggregateValue } from '../protocol/filter.ts'
import type { Query } from '../protocol/session.ts'
import { queryKey } from '../queries/filter.ts'
import type { ToCore } from './session-link.ts'
import { OutputTick } from './session-output.ts'
import { SessionQueries } from './session-queries.ts'
import { type WrittenSession, writtenSession } from './testing/written-session.ts'

const COUNT = { is: 'count' } as const
const KEY = queryKey('room', undefined, COUNT)
const value = (n: number): AggregateValue => ({ is: 'count', n })

function queriesOf() {
  const tick = new OutputTick(() => {})
  const core: ToCore[] = []
  const queries = new SessionQueries((item) => core.push(item))
  const [ann, bob] = [writtenSession(1, tick), writtenSession(2, tick)]
  const ask = ({ session }: WrittenSession, id: string, live = true) => {
    const query: Query = { t: 'query', id, ch: 'room', agg: COUNT, live }
    queries.ask(session, query)
  }
  const told = (of: WrittenSession) => {
    tick.flush()
    return of.told.splice(0)
  }
  return { queries, core: () => core.splice(0), ann, bob, ask, told }
}

test('the core is asked once, and told when nobody asks any more', () => {
  const { queries, core, ann, bob, ask } = queriesOf()
  ask(ann, 'a')
  ask(bob, 'b')
  expect(core()).toEqual([{ do: 'query', key: KEY, query: { ch: 'room', where: undefined, agg: COUNT } }])
  expect(queries.end(ann.session, 'a')).toBe(true)
  expect(queries.end(ann.session, 'a')).toBe(false)
  expect(core()).toEqual([])
  queries.forget(bob.session)
  expect(core()).toEqual([{ do: 'unquery', key: KEY }])
})

test('a result goes to all under their own ids; who comes later has the newest at once', () => {
  const { queries, ann, bob, ask, told } = queriesOf()
  ask(ann, 'a')
  queries.result(KEY, value(1))
  expect(told(ann)).toEqual([{ t: 'result', id: 'a', value: value(1) }])
  ask(bob, 'b')
  expect(told(bob)).toEqual([{ t: 'result', id: 'b', value: value(1) }])
  queries.result(KEY, value(2))
  expect([...told(ann), ...told(bob)]).toEqual([
    { t: 'result', id: 'a', value: value(2) },
    { t: 'result', id: 'b', value: value(2) },
  ])
})

test('a query that is not live is answered once', () => {
  const { queries, core, ann, ask, told } = queriesOf()
  ask(ann, 'once', false)
  core()
  queries.result(KEY, value(3))
  queries.result(KEY, value(4))
  expect(told(ann)).toEqual([{ t: 'result', id: 'once', value: value(3) }])
  expect(core()).toEqual([{ do: 'unquery', key: KEY }])
})

test('a query under an id that is taken ends the one before', () => {
  const { core, ann, ask } = queriesOf()
  ask(ann, 'a')
  core()
  ask(ann, 'a')
  expect(core().map((item) => item.do)).toEqual(['unquery', 'query'])
})

test('one that is refused is told so to each who asked, and may be asked again', () => {
  const { queries, core, ann, bob, ask, told } = queriesOf()
  ask(ann, 'a')
  ask(bob, 'b')
  core()
  queries.refused(KEY, { code: 'MP_OVERLOADED', why: 'later' })
  expect([...told(ann), ...told(bob)]).toEqual([
    { t: 'err', code: 'MP_OVERLOADED', why: 'later', id: 'a' },
    { t: 'err', code: 'MP_OVERLOADED', why: 'later', id: 'b' },
  ])
  ask(ann, 'a')
  expect(core().map((item) => item.do)).toEqual(['query'])
})
