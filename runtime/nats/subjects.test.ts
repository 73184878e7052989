// Names on NATS: who sent a batch is taken from subject and headers only where these are as a PoP makes them.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchSenderOf, eventOfStream, HEADERS, streamName, subjects } from './subjects.ts'

function marks(log: string, term: string, session: string) {
  const all: Record<string, string> = { [HEADERS.log]: log, [HEADERS.term]: term, [HEADERS.session]: session }
  return { get: (name: string) => all[name] ?? '' }
}

test('a batch tells its event, PoP, log, term and session', () => {
  const sender = batchSenderOf(subjects.up('summit', 'hall'), marks('log-1', '2', 'S1'))
  expect(sender).toEqual({ event: 'summit', pop: 'hall', log: 'log-1', term: 2, session: 'S1' })
  expect(eventOfStream(streamName('summit'))).toBe('summit')
})

test.each([
  ['micropop.summit.up.hall', marks('log 1', '1', 'S1')],
  ['micropop.summit.up.hall', marks('log-1', '0', 'S1')],
  ['micropop.summit.up.hall', marks('log-1', 'x', 'S1')],
  ['micropop.summit.up.hall', marks('log-1', '1', '')],
  ['micropop.summit.up.hall', marks('log-1', '1', 'S.*')],
  ['micropop.Summit.up.hall', marks('log-1', '1', 'S1')],
  ['micropop.summit', marks('log-1', '1', 'S1')],
  ['micropop.summit.up.hall', undefined],
])('%s with other headers is not of a PoP', (subject, headers) => {
  expect(batchSenderOf(subject, headers)).toBeNull()
})

test('whatever comes, a sender that is told has names that stay within their part of a subject', () => {
  const part = fc.string({ unit: 'binary', maxLength: 12 })
  fc.assert(
    fc.property(part, part, part, part, part, (event, pop, log, term, session) => {
      const sender = batchSenderOf(`micropop.${event}.up.${pop}`, marks(log, term, session))
      if (sender === null) return
      expect(`${sender.event}${sender.pop}${sender.log}${sender.session}`).toMatch(/^[A-Za-z0-9-]+$/)
    }),
  )
})
