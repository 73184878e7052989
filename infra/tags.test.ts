// Tags are complete, legal and the same for the same event.
import { expect, test } from 'vitest'
import { costLabels, costTags, NO_SPONSOR, TAG, withRole } from './tags.ts'

const named = (...names: string[]) => names.map((name) => ({ name }))
const of = {
  event: 'summit',
  venue: 'hall',
  role: 'pop' as const,
  sponsors: named('Acme', 'Globex & Co'),
}

test('sponsors share one tag, and characters AWS refuses are replaced', () => {
  expect(costTags(of)).toEqual({
    [TAG.event]: 'summit',
    [TAG.venue]: 'hall',
    [TAG.role]: 'pop',
    [TAG.sponsor]: 'Acme + Globex - Co',
  })
})

test('an event without sponsors says so rather than leaving the tag out', () => {
  expect(costTags({ ...of, sponsors: [] })[TAG.sponsor]).toBe(NO_SPONSOR)
})

test('sponsors that a tag has no room for are counted', () => {
  const sponsors = named(...Array.from({ length: 100 }, (_, i) => `sponsor-${String(i).padStart(3, '0')}`))
  const value = costTags({ ...of, sponsors })[TAG.sponsor]
  expect(value).toMatch(/^sponsor-000 \+ sponsor-001 \+ .* \+ sponsor-016 \+ 83 more$/)
  expect(value.length).toBeLessThanOrEqual(256)
})

test('a child differs from its component in the role only', () => {
  expect(withRole(costTags(of), 'database')).toEqual({ ...costTags(of), [TAG.role]: 'database' })
})

test('labels keep to what Kubernetes accepts', () => {
  const labels = costLabels(costTags({ ...of, sponsors: named('(Acme)', 'x'.repeat(80)) }))
  for (const value of Object.values(labels))
    expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/)
  expect(Object.keys(labels)).toEqual([
    'micropop/event',
    'micropop/venue',
    'micropop/role',
    'micropop/sponsor',
  ])
})

test('a tag that AWS would cut is refused with what to do', () => {
  expect(() => costTags({ ...of, sponsors: named('x'.repeat(300)) })).toThrow(/300 characters/)
})
