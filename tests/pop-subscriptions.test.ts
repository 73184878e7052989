// A real PoP and what its sessions may ask for: filters, partitions, queries, presence, compression, a rule for the slow.
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { SESSION_SUBPROTOCOL } from '../runtime/protocol/session.ts'
import { metric, open, session, sessionUrl, start } from './running-pop.ts'

const THREADS = [0, 2]

describe.each(THREADS)('with %i session threads', (sessionThreads) => {
  test('only messages that match are sent; the others are accounted for', async () => {
    const pop = await start({ sessionThreads })
    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    bob.send({ t: 'sub', ch: 'room', where: { eq: ['body.topic', 'a'] } })
    const { epoch } = await bob.next('subd')
    const topics = ['a', 'b', 'b', 'a', 'b']
    for (const [i, topic] of topics.entries()) ann.publish({ seq: i + 1, ch: 'room', body: { topic } })
    expect(await bob.next('skip')).toEqual({ t: 'skip', ch: 'room', through: 5, why: 'filter' })
    expect(bob.messages('room').map(({ off }) => off)).toEqual([1, 4])
    bob.drop()
    const again = await session(pop, 'bob')
    again.send({ t: 'sub', ch: 'room', where: { eq: ['body.topic', 'b'] }, epoch, off: 1 })
    await again.until(() => again.messages('room').length === 3)
    expect(again.messages('room').map(({ off }) => off)).toEqual([2, 3, 5])
    again.send({ t: 'unsub', ch: 'room' })
    again.send({ t: 'ping', n: 1 })
    await again.next('pong')
    ann.publish({ seq: 6, ch: 'room', body: { topic: 'b' } })
    await ann.acked(6)
    again.send({ t: 'ping', n: 2 })
    await again.next('pong')
    expect(again.messages('room').length).toBe(3)
  })

  test('partitions keep the order of a key, each with offsets of its own', async () => {
    const pop = await start({ sessionThreads, channels: [{ match: 'orders', partitions: 4 }] })
    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    bob.send({ t: 'sub', ch: 'orders' })
    for (let part = 0; part < 4; part++) {
      expect(await bob.next('subd', (frame) => frame.part === part)).toMatchObject({ off: 0 })
    }
    for (let seq = 1; seq <= 40; seq++) {
      ann.send({
        t: 'pub',
        lane: 'interactive',
        seq,
        ch: 'orders',
        body: { seq, seat: seq % 7 },
        at: 0,
        key: `seat-${seq % 7}`,
      })
    }
    await bob.until(() => bob.messages('orders').length === 40)
    const messages = bob.messages('orders')
    for (const part of new Set(messages.map((message) => message.part))) {
      const offsets = messages.filter((message) => message.part === part).map(({ off }) => off)
      expect(offsets).toEqual(offsets.map((_, i) => i + 1))
    }
    for (let seat = 0; seat < 7; seat++) {
      const own = messages.filter(({ body }) => (body as { seat: number }).seat === seat)
      expect(new Set(own.map(({ part }) => part)).size).toBe(1)
      const order = own.map(({ body }) => (body as { seq: number }).seq)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
    bob.send({ t: 'sub', ch: 'orders', part: 4 })
    expect(await bob.next('err')).toMatchObject({ why: 'orders has 4 partitions' })
  })

  test('a live query is answered at once and again when it has changed; another client shares it', async () => {
    const pop = await start({ sessionThreads })
    const [ann, bob, eve] = [await session(pop, 'ann'), await session(pop, 'bob'), await session(pop, 'eve')]
    const query = {
      t: 'query',
      id: 'q',
      ch: 'collect.poll',
      agg: { is: 'count', by: 'body.choice' },
    } as const
    bob.send({ ...query, live: true })
    expect(await bob.next('result')).toMatchObject({ id: 'q', value: { n: 0 } })
    ann.publish({ seq: 1, ch: 'collect.poll', body: { choice: 'ja' } })
    ann.publish({ seq: 2, ch: 'collect.poll', body: { choice: 'nein' } })
    await bob.next('result', ({ value }) => value.n === 2)
    eve.send({ ...query, id: 'other' })
    expect(await eve.next('result')).toMatchObject({ id: 'other', value: { n: 2, by: { ja: 1, nein: 1 } } })
    bob.send({ t: 'unquery', id: 'q' })
    bob.send({ t: 'ping', n: 1 })
    await bob.next('pong')
  })

  test('a query counts what its channel’s history has, and what comes while it is asked, once', async () => {
    const pop = await start({ sessionThreads })
    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    for (let seq = 1; seq <= 20; seq++) ann.publish({ seq, ch: 'room', body: seq })
    await ann.next('ack', ({ seq }) => seq === 20)
    for (let seq = 21; seq <= 120; seq++) ann.publish({ seq, ch: 'room', body: seq })
    bob.send({ t: 'query', id: 'q', ch: 'room', agg: { is: 'count' }, live: true })
    await bob.next('result', ({ value }) => value.n === 120)
    bob.send({ t: 'query', id: 'once', ch: 'room', where: { gt: ['body', 100] }, agg: { is: 'count' } })
    expect(await bob.next('result', ({ id }) => id === 'once')).toMatchObject({ value: { n: 20 } })
    expect(bob.frames.filter((frame) => frame.t === 'result' && frame.value.n < 20)).toEqual([])
    expect(bob.frames.filter((frame) => frame.t === 'result' && frame.value.n > 120)).toEqual([])
  })

  test('who is there is told to those who ask, by name or by number, now or later', async () => {
    const pop = await start({ sessionThreads })
    const [ann, bob, eve] = [await session(pop, 'ann'), await session(pop, 'bob'), await session(pop, 'eve')]
    await ann.subscribe('room')
    bob.send({ t: 'sub', ch: 'room', presence: 'members' })
    expect(await bob.next('presence')).toMatchObject({
      count: 2,
      all: expect.arrayContaining(['ann', 'bob']),
    })
    eve.send({ t: 'sub', ch: 'room', presence: 'count' })
    expect(await eve.next('presence')).toEqual({ t: 'presence', ch: 'room', count: 3 })
    await bob.next('presence', ({ count }) => count === 3)
    eve.drop()
    await bob.next('presence', ({ left }) => left?.includes('eve') === true)
    expect(ann.frames.filter(({ t }) => t === 'presence')).toEqual([])
    ann.send({ t: 'sub', ch: 'room', presence: 'members' })
    expect(await ann.next('presence')).toMatchObject({ count: 2, all: ['ann', 'bob'] })
  })

  test('a session that negotiated compression gets what the others get', async () => {
    const pop = await start({ sessionThreads })
    const ann = await session(pop, 'ann')
    const frames: string[] = []
    const bob = new WebSocket(sessionUrl(pop), SESSION_SUBPROTOCOL, { perMessageDeflate: { threshold: 0 } })
    open.push({ close: () => bob.terminate() })
    bob.on('message', (data) => frames.push(data.toString()))
    bob.on('open', () => {
      bob.send(JSON.stringify({ t: 'hello', client: 'bob' }))
      bob.send(JSON.stringify({ t: 'sub', ch: 'room' }))
    })
    await expect.poll(() => frames.length).toBe(2)
    expect(bob.extensions).toBe('permessage-deflate')
    await ann.subscribe('room')
    const body = 'all the same '.repeat(100)
    ann.publish({ seq: 1, ch: 'room', body })
    await ann.next('msg')
    await expect.poll(() => frames.length).toBe(3)
    expect(JSON.parse(frames[2] as string)).toMatchObject({ t: 'msg', off: 1, body })
  })

  test('a slow session of a channel with a rule stays, and ends with the newest state', async () => {
    const limits = { sessionBufferBytes: 256 * 1024, framesPerS: 10_000, framesBurst: 10_000 }
    const channels = [{ match: 'score', slow: ['latest' as const] }]
    const pop = await start({ sessionThreads, limits, channels })
    const [ann, slow] = [await session(pop, 'ann'), await session(pop, 'slow')]
    await slow.subscribe('score')
    slow.pause()
    const pad = 'x'.repeat(30_000)
    let seq = 0
    while ((await metric(pop, 'micropop_spared_total{step="latest"}')) === 0) {
      for (let i = 0; i < 50; i++) ann.publish({ seq: ++seq, ch: 'score', body: { seq, pad } })
      await ann.acked(seq)
      expect(seq, 'no system buffers as much').toBeLessThan(2_000)
    }
    slow.read()
    await slow.until(() => slow.messages('score').at(-1)?.off === seq)
    expect(slow.isOpen).toBe(true)
    expect(await metric(pop, 'micropop_too_slow_total')).toBe(0)
    let at = 0
    for (const frame of slow.frames) {
      if (frame.t === 'skip') at = frame.through
      else if (frame.t === 'msg') expect(frame.off).toBe(++at)
    }
  }, 30_000)
})

test('draining tells each session when to come back, and lets nobody in', async () => {
  const pop = await start({ sessionThreads: 2, drain: { handshakeMs: 100, cores: 1, share: 1 } })
  const clients = []
  for (let i = 0; i < 10; i++) clients.push(await session(pop, `client-${i}`))
  const admin = await fetch(`http://127.0.0.1:${pop.adminPort}/v1/drain`, { method: 'POST' })
  expect(admin.status).toBe(202)
  const times: number[] = []
  for (const client of clients) times.push((await client.next('goodbye')).reconnectMs)
  // Ten a second; the kernel chose each session's thread.
  expect(new Set(times).size).toBe(10)
  for (const time of times) expect(time % 100).toBe(0)
  await expect(session(pop, 'late')).rejects.toThrow('503')
  for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 })
  await pop.ended
}, 30_000)
