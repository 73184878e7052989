import { expect, test } from 'vitest'
import type { RunningPop } from '../runtime/pop.ts'
import { SHOW } from '../runtime/protocol/show.ts'
import { dataFolder, session, start } from './running-pop.ts'

async function operate(pop: RunningPop, ch: string, body: object): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${pop.adminPort}/v1/show/${ch}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return answer.json()
}

const POLL = { do: 'open', id: 'tea', question: 'Tea?', options: ['yes', 'no'] }

test('a poll that an operator opens is told to who is there and who joins, and its result once, across a restart', async () => {
  const dataDir = await dataFolder()
  const pop = await start({ dataDir })
  const ann = await session(pop, 'ann')
  await ann.subscribe(SHOW.polls)
  expect(await operate(pop, SHOW.polls, POLL)).toEqual({ off: 1 })
  expect(await ann.next('msg')).toMatchObject({ ch: SHOW.polls, off: 1, body: POLL })
  ann.publish({ seq: 1, ch: 'collect.poll.tea', body: { choice: 1 } })
  await ann.acked(1)
  await pop.close()

  const again = await start({ dataDir })
  const bob = await session(again, 'bob')
  await bob.subscribe(SHOW.polls)
  expect(await bob.next('state')).toEqual({ t: 'state', ch: SHOW.polls, body: { polls: [POLL] } })
  bob.publish({ seq: 1, ch: 'collect.poll.tea', body: { choice: 1 } })
  await bob.acked(1)
  expect(await operate(again, SHOW.polls, POLL)).toMatchObject({ code: 'MP_POLL_EXISTS' })
  await operate(again, SHOW.polls, { do: 'close', id: 'tea' })
  const result = await bob.next('msg', ({ body }) => (body as { do: string }).do === 'result')
  expect(result.body).toEqual({ do: 'result', id: 'tea', voters: 2, counts: [0, 2] })
  bob.publish({ seq: 2, ch: 'collect.poll.tea', body: { choice: 0 } })
  expect(await bob.next('err')).toMatchObject({ seq: 2, code: 'MP_POLL_CLOSED' })
})

test('who asks for presence is told who is there, at once and as it changes', async () => {
  const pop = await start()
  const ann = await session(pop, 'ann')
  ann.send({ t: 'sub', ch: 'room', presence: 'members' })
  expect(await ann.next('presence')).toMatchObject({ count: 1, all: ['ann'] })
  const bob = await session(pop, 'bob')
  await bob.subscribe('room')
  await ann.next('presence', ({ count, joined }) => count === 2 && joined?.includes('bob') === true)
  await bob.close()
  await ann.next('presence', ({ count, left }) => count === 1 && left?.includes('bob') === true)
  expect(bob.frames.filter(({ t }) => t === 'presence')).toEqual([])
})

test('a muted client is refused by name of the reason, and a hidden message is told to its channel', async () => {
  const pop = await start()
  const ann = await session(pop, 'ann')
  const bob = await session(pop, 'bob')
  await bob.subscribe('room')
  ann.publish({ seq: 1, ch: 'room', body: 'spam' })
  const { off } = await bob.next('msg')
  await operate(pop, SHOW.moderation, { do: 'hide', ch: 'room', off, reason: 'spam' })
  expect(await bob.next('hide')).toEqual({ t: 'hide', ch: 'room', offs: [off] })
  await operate(pop, SHOW.moderation, { do: 'mute', client: 'ann', reason: 'spam', untilMs: 4e12 })
  ann.publish({ seq: 2, ch: 'room', body: 'more' })
  expect(await ann.next('err')).toMatchObject({ seq: 2, code: 'MP_MUTED' })
  ann.publish({ seq: 1, lane: 'critical', ch: 'emergency.hall', body: { help: true } })
  await ann.acked(1, 'critical')
})
