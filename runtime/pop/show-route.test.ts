import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { PopCore } from '../broker/pop-core.ts'
import type { PopEffect } from '../broker/pop-io.ts'
import { venueParts } from '../features/venue-parts.ts'
import { SHOW } from '../protocol/show.ts'
import type { LogRecord } from '../queue/record.ts'
import { ShowDesk } from './show-desk.ts'
import { showRoute } from './show-route.ts'

const T_MS = 1_700_000_000_000
const open: FastifyInstance[] = []
afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

/** The route over a real core whose disk is as fast as memory. */
async function venue(): Promise<{ app: FastifyInstance; records: LogRecord[] }> {
  const core = new PopCore({ log: 'log-1', queueBytesMax: 1e9, random: () => 0.5, parts: venueParts() })
  const records: LogRecord[] = []
  const perform = (effects: readonly PopEffect[]) => {
    for (const effect of effects) {
      if (effect.do === 'deliver') desk.delivered(effect.record)
      if (effect.do === 'commit') {
        records.push(...effect.records)
        perform(core.committed(0, T_MS))
      }
    }
  }
  const desk = new ShowDesk({ core, perform, wallMs: () => T_MS })
  perform(core.wake(0, T_MS))
  const app = Fastify()
  open.push(app)
  await app.register(showRoute, { publish: (ch, body) => desk.publish(ch, body) })
  return { app, records }
}

const POLL = { do: 'open', id: 'tea', question: 'Tea?', options: ['yes', 'no'] }

function post(app: FastifyInstance, ch: string, payload: object, more: object = {}) {
  return app.inject({ method: 'POST', url: `/v1/show/${ch}`, payload, remoteAddress: '127.0.0.1', ...more })
}

test('an operator’s action is answered once it is on the disk, with its offset', async () => {
  const { app, records } = await venue()
  const opened = await post(app, SHOW.polls, POLL)
  expect([opened.statusCode, opened.json()]).toEqual([200, { off: 1 }])
  expect(records).toMatchObject([{ ch: SHOW.polls, lane: 'control', ack: 'disk', body: POLL }])
  const closed = await post(app, SHOW.polls, { do: 'close', id: 'tea' })
  expect(closed.json()).toEqual({ off: 2 })
})

test('what is refused leaves no hole: the next is taken', async () => {
  const { app, records } = await venue()
  const refused = await post(app, SHOW.polls, { do: 'close', id: 'tea' })
  expect([refused.statusCode, refused.json().code]).toEqual([409, 'MP_POLL_CLOSED'])
  expect((await post(app, SHOW.polls, POLL)).statusCode).toBe(200)
  expect(records.map(({ seq }) => seq)).toEqual([1])
})

test.each([
  ['a malformed action', SHOW.polls, { do: 'open' }, {}, 400, 'MP_SHOW_INVALID'],
  ['a channel that is none of the show’s', 'room', {}, {}, 404, 'MP_SHOW_INVALID'],
  ['a page in a browser', SHOW.polls, POLL, { headers: { origin: 'http://evil' } }, 403, 'MP_NOT_LOCAL'],
  ['another machine', SHOW.polls, POLL, { remoteAddress: '10.0.0.7' }, 403, 'MP_NOT_LOCAL'],
])('%s is refused', async (_name, ch, body, more, status, code) => {
  const { app, records } = await venue()
  const answer = await post(app, ch, body, more)
  expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  expect(records).toEqual([])
})

test('a form that a page of another site posts is no action', async () => {
  const { app, records } = await venue()
  const headers = { 'content-type': 'text/plain' }
  const answer = await post(app, SHOW.polls, {}, { payload: JSON.stringify(POLL), headers })
  expect([answer.statusCode, answer.json().code]).toEqual([400, 'MP_SHOW_INVALID'])
  expect(records).toEqual([])
})
