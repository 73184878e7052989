// Which part of the event is a stack's, and what is refused before the engine starts.
import { expect, test } from 'vitest'
import type { StackConfig } from './configured-deployment.ts'
import { configuredPart } from './configured-part.ts'
import { eventWith } from './testing/events.ts'

const part = (values: Record<string, string>) =>
  configuredPart({ get: ((key: string) => values[key]) as StackConfig['get'] }, eventWith())

const OTHER = 'organization/micropop/summit'

test('a stack has all of the event unless it says otherwise', () => {
  expect(part({})).toEqual({ venues: new Set(['hall', 'remote']), centralStack: null })
  expect(part({ venues: 'none' })).toEqual({ venues: new Set(), centralStack: null })
  expect(part({ venues: '["remote"]', centralStack: OTHER })).toEqual({
    venues: new Set(['remote']),
    centralStack: OTHER,
  })
})

test.each([
  [{ venues: 'remot' }, 'micropop:venues names remot, which is no venue of the event'],
  [{ venues: 'hall,hall' }, 'micropop:venues names hall twice'],
  [{ venues: '' }, 'micropop:venues names no venue'],
  [{ venues: 'none', centralStack: OTHER }, 'this stack has neither central nor a venue'],
  [{ centralStack: 'summit' }, "micropop:centralStack summit is not a stack's whole name"],
  [{ centralStack: OTHER, vpc: 'vpc-1' }, `micropop:vpc is for the stack that has central, ${OTHER}`],
  [{ centralStack: OTHER, kmsKey: 'arn' }, `micropop:kmsKey is for the stack that has central, ${OTHER}`],
])('%j is refused', (values, message) => {
  expect(() => part(values as Record<string, string>)).toThrow(
    expect.objectContaining({ code: 'MP_STACK_PART', message: expect.stringContaining(message) }),
  )
})
