// How often spot machines are taken back is told with who says so, and what nobody says is told as assumed.
import { expect, test } from 'vitest'
import type { SpotShare } from '../simulator/uncertainty/spot-share-result.ts'
import { spotShareTexts } from './factors.ts'

const one = (share: number, from: SpotShare['from']): SpotShare => ({
  ...{ region: 'eu-west-1', instanceType: 't3.large', from, source: null },
  ...{ least: share, most: share, openEnded: false, expected: share },
})
const source = { id: 'advisor', date: '2026-06-01' }
const band: SpotShare = { ...one(0.1, 'band'), most: 0.15, expected: 0.125, source }

test('a band is told with its source, and one without an end with what it counts as', () => {
  expect(spotShareTexts([band, { ...band, least: 0.2, most: 0.6, openEnded: true }])).toEqual([
    'Of t3.large on spot in eu-west-1 10 % to 15 % are taken back in a month (advisor, 2026-06-01).',
    'Of t3.large on spot in eu-west-1 more than 20 %, counted as 20 % to 60 %, are taken back in a month (advisor, 2026-06-01).',
  ])
})

test('what the event states is told once for all types, and what is assumed as such', () => {
  expect(spotShareTexts([one(0.3, 'stated'), { ...one(0.3, 'stated'), instanceType: 'm5.large' }])).toEqual([
    '30 % of spot machines are taken back in a month, as the event file states.',
  ])
  expect(spotShareTexts([one(0.2, 'assumed')])).toEqual([
    'How many t3.large on spot in eu-west-1 are taken back is not known: 20 % in a month are assumed.',
  ])
})
