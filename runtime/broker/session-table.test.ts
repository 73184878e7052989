import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SessionTable } from './session-table.ts'

test('a client has one session, its newest, wherever it is; joins and leaves of a channel come in pairs', () => {
  const step = fc.record({
    act: fc.constantFrom('hello', 'gone', 'join', 'leave'),
    client: fc.constantFrom('ann', 'bob'),
    ch: fc.constantFrom('room', 'stage'),
    thread: fc.nat(1),
    of: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const table = new SessionTable()
      /** The model: sessions that live, by client, and each client's channels. */
      const alive = new Map<string, { thread: number; session: number; channels: Set<string> }>()
      const all: { client: string; thread: number; session: number }[] = []
      for (const { act, client, ch, thread, of } of steps) {
        if (act === 'hello') {
          const place = { thread, session: all.length }
          const former = alive.get(client)
          expect(table.hello(place, client)).toEqual(
            former ? { ...former, client, channels: [...former.channels] } : null,
          )
          all.push({ client, ...place })
          alive.set(client, { ...place, channels: new Set() })
          continue
        }
        const place = all[of % Math.max(1, all.length)]
        if (!place) continue
        const owner = alive.get(place.client)
        const lives = owner?.session === place.session
        if (act === 'gone') {
          expect(table.gone(place)?.channels).toEqual(lives ? [...owner.channels] : undefined)
          if (lives) alive.delete(place.client)
        } else if (act === 'join') {
          expect(table.joined(place, ch)).toBe(lives ? place.client : null)
          if (lives) owner.channels.add(ch)
        } else {
          const was = lives && owner.channels.delete(ch)
          expect(table.left(place, ch)).toBe(was ? place.client : null)
        }
      }
      expect(table.size).toBe(alive.size)
      for (const client of ['ann', 'bob']) expect(table.threadOf(client)).toBe(alive.get(client)?.thread)
    }),
  )
})
