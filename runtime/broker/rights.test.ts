// What a token's claim `mp` lets a client do.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LANES } from '../protocol/lanes.ts'
import { SESSION_LOG } from '../protocol/show.ts'
import { ACTIONS, mayPublish, openRights, rightsOf } from './rights.ts'

function given(claim: unknown) {
  const rights = rightsOf('ada', claim)
  if (!rights) throw new Error('the claim was refused')
  return rights
}

test.each([
  ['an open PoP', openRights('ada')],
  ['a token without rights', given(undefined)],
  ['a token with an empty claim', given({})],
])('with %s a client does all that attendees do, and neither moderates nor runs the show', (_, rights) => {
  expect(ACTIONS.filter((action) => rights.may(action, 'chat.main'))).toEqual([
    'sub',
    'pub',
    'query',
    'presence',
  ])
  expect(rights.may('sub', 'show.agenda')).toBe(true)
  expect(mayPublish(rights, 'interactive', 'show.agenda')).toBe(false)
  expect(mayPublish(rights, 'control', 'chat.main')).toBe(false)
  expect(mayPublish(rights, 'critical', 'chat.main')).toBe(true)
  expect(ACTIONS.filter((action) => rights.may(action, SESSION_LOG))).toEqual([])
})

test('an operator does everything', () => {
  const rights = given({ operator: true, rights: [] })
  for (const action of ACTIONS) expect(rights.may(action, 'show.cues')).toBe(true)
  for (const lane of LANES) expect(mayPublish(rights, lane, 'show.cues')).toBe(true)
})

describe('rules', () => {
  test('the first that matches counts, and what none matches is not allowed', () => {
    const rights = given({
      rights: [
        { ch: 'chat.staff', may: [] },
        { ch: 'chat.*', may: ['sub', 'pub'] },
      ],
    })
    expect(rights.may('pub', 'chat.main')).toBe(true)
    expect(rights.may('query', 'chat.main')).toBe(false)
    expect(rights.may('sub', 'chat.staff')).toBe(false)
    expect(rights.may('sub', 'polls')).toBe(false)
  })

  test('the show may be followed by everyone, unless a rule says otherwise', () => {
    expect(given({ rights: [] }).may('sub', 'show.agenda')).toBe(true)
    expect(given({ rights: [{ ch: 'show.backstage', may: [] }] }).may('sub', 'show.backstage')).toBe(false)
  })

  test('to publish to the show takes the right to operate, and so does lane control', () => {
    const publisher = given({ rights: [{ ch: '*', may: ['pub'] }] })
    expect(mayPublish(publisher, 'interactive', 'show.cues')).toBe(false)
    expect(mayPublish(publisher, 'control', 'chat.main')).toBe(false)
    const stageHand = given({ rights: [{ ch: 'show.cues', may: ['operate'] }] })
    expect(mayPublish(stageHand, 'control', 'show.cues')).toBe(true)
    expect(mayPublish(stageHand, 'control', 'show.agenda')).toBe(false)
  })

  test('nobody runs the show without a right that names it, whatever else they may', () => {
    const rule = fc.record({
      ch: fc.constantFrom('*', 'show.*', 'show.cues', 'chat.*', 's*'),
      may: fc.subarray(ACTIONS.filter((action) => action !== 'operate')),
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), fc.constantFrom(...LANES), (rules, lane) => {
        const rights = given({ rights: rules })
        expect(mayPublish(rights, lane, 'show.cues')).toBe(false)
        expect(mayPublish(rights, 'control', 'chat.main')).toBe(false)
      }),
    )
  })
})

test.each([
  ['a word', 'all'],
  ['an unknown key', { admin: true }],
  ['an unknown action', { rights: [{ ch: 'chat', may: ['own'] }] }],
  ['a pattern with a star inside', { rights: [{ ch: 'a*b', may: ['sub'] }] }],
  ['too many rules', { rights: Array.from({ length: 65 }, () => ({ ch: 'chat', may: ['sub'] })) }],
])('a claim with %s is refused whole', (_, claim) => {
  expect(rightsOf('ada', claim)).toBeNull()
})
