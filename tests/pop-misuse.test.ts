// A real PoP and clients that break its rules, flood it or cannot keep up: they are told, and the others are served.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../runtime/pop/clock.ts'
import { PATHS } from '../runtime/ports.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { metric, open, session, sessionUrl, start } from './running-pop.ts'

describe('a client that misbehaves', () => {
  test('is told what is wrong with a frame, and cut off after eight', async () => {
    const pop = await start()
    const ann = await session(pop)
    ann.send({ t: 'ping', n: 1 })
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'say hello first' })
    await ann.hello('ann')
    ann.send('{')
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'not JSON' })
    ann.send(Buffer.from('binary'))
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME', why: 'frames are text' })
    ann.send({ t: 'hello', client: 'ann' })
    expect(await ann.next('err')).toMatchObject({ why: 'hello was said already' })
    for (let i = 0; i < 4; i++) ann.send('null')
    expect(await ann.closed).toMatchObject({ code: 4004 })
    expect(await metric(pop, 'micropop_malformed_total')).toBe(8)
  })

  test('may subscribe to no more than 64 channels', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    for (let i = 1; i <= 64; i++) await ann.subscribe(`room-${i}`)
    ann.send({ t: 'sub', ch: 'one-more' })
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME' })
    await ann.subscribe('room-64')
  })

  test('by sending too large a frame is closed as the standard says', async () => {
    const pop = await start({ limits: { messageBytes: 10_000 } })
    const ann = await session(pop, 'ann')
    ann.publish({ seq: 1, ch: 'room', body: 'x'.repeat(10_000) })
    expect(await ann.closed).toMatchObject({ code: 1009 })
    const again = await session(pop, 'ann')
    again.publish({ seq: 1, ch: 'room', body: 'x'.repeat(9_000) })
    await again.acked(1)
  })

  test('by nesting a body too deep is refused, and the PoP goes on', async () => {
    const pop = await start()
    const ann = await session(pop, 'ann')
    const body = '['.repeat(30_000) + ']'.repeat(30_000)
    ann.send(`{"t":"pub","lane":"interactive","seq":1,"ch":"room","at":0,"body":${body}}`)
    expect(await ann.next('err')).toMatchObject({ code: 'MP_BAD_FRAME' })
    ann.publish({ seq: 1, ch: 'room', body: 'flat' })
    await ann.acked(1)
  })

  test('by sending too fast is read no faster than it may send, and nothing of it is lost', async () => {
    const pop = await start()
    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    const startedMs = systemClock.monotonicMs()
    for (let seq = 1; seq <= 300; seq++) ann.publish({ seq, ch: 'room', body: seq })
    bob.send({ t: 'ping', n: 1 })
    await bob.next('pong')
    await ann.until(() => ann.ackedCount === 300)
    ann.send({ t: 'ping', n: 1 })
    await ann.next('pong')
    // 302 frames with the hello, of which 200 at once and 50 a second.
    expect(systemClock.monotonicMs() - startedMs).toBeGreaterThan(1_500)
    expect(ann.frames.filter(({ t }) => t === 'err')).toEqual([])
  })

  test('with requests that are no sessions is refused, and the PoP goes on', async () => {
    const pop = await start()
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    const ours = 'Sec-WebSocket-Protocol: micropop.v1\r\n'
    for (const [path, headers, status] of [
      ['//', upgrade + key + ours, '404'],
      ['/elsewhere', upgrade + key + ours, '404'],
      [PATHS.session, upgrade + key, '400'],
      [PATHS.session, `${upgrade + key}Sec-WebSocket-Protocol: soap\r\n`, '400'],
      [PATHS.session, upgrade + ours, '400'],
    ] as const) {
      const answer = await raw(pop.port, `GET ${path} HTTP/1.1\r\nHost: pop\r\n${headers}\r\n`)
      expect(answer, path).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    }
    const ann = await session(pop, 'ann')
    expect(ann.isOpen).toBe(true)
  })

  test('by not closing after a refusal holds neither its socket nor the stopping PoP', async () => {
    const pop = await start()
    const stuck = connect({ port: pop.port, host: '127.0.0.1', allowHalfOpen: true })
    open.push({ close: () => stuck.destroy() })
    stuck.on('error', () => {})
    stuck.write('GET /elsewhere HTTP/1.1\r\nHost: pop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    stuck.resume()
    await once(stuck, 'end')
    await pop.close()
  }, 10_000)

  test('beyond the sessions allowed is told that the PoP is full', async () => {
    const pop = await start({ limits: { sessions: 2 } })
    const [first] = [await session(pop, 'ann'), await session(pop, 'bob')]
    await expect(SessionClient.open(sessionUrl(pop))).rejects.toThrow('503')
    first?.drop()
    await expect
      .poll(
        () =>
          session(pop, 'eve').then(
            ({ isOpen }) => isOpen,
            () => false,
          ),
        { timeout: 5_000 },
      )
      .toBe(true)
  })
})

test('a client that reads too slowly is dropped, and resumes without a gap', async () => {
  const pop = await start({ limits: { sessionBufferBytes: 64 * 1024, historyBytes: 100_000_000 } })
  const slow = await session(pop, 'slow')
  const { epoch } = await slow.subscribe('room')
  slow.pause()
  const big = 'x'.repeat(60_000)
  let sent = 0
  for (let i = 0; (await metric(pop, 'micropop_too_slow_total')) === 0; i++) {
    const ann = await session(pop, `ann-${i}`)
    for (let seq = 1; seq <= 100; seq++) ann.publish({ seq, ch: 'room', body: big })
    await ann.acked(100)
    sent += 100
    expect(sent, 'no system buffers as much').toBeLessThan(1_000)
  }
  slow.read()
  await slow.closed
  const seen = slow.messages('room').map(({ off }) => off)
  expect(seen).toEqual(seen.map((_, i) => i + 1))
  expect(seen.length).toBeLessThan(sent)
  const again = await session(pop, 'slow')
  await again.subscribe('room', { epoch, off: seen.length })
  await again.until(() => again.messages('room').length >= sent - seen.length)
  expect(again.messages('room').map(({ off }) => off)).toEqual(
    Array.from({ length: sent - seen.length }, (_, i) => seen.length + i + 1),
  )
}, 30_000)

/** Sends `request` on a bare connection and returns everything that comes back. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
