import { expect, test } from 'vitest'
import type { ExportedWatermark } from '../../runtime/central/export.ts'
import type { DrillAttendee } from './attendee.ts'
import { accountOf } from './crowd.ts'

const ann = {
  client: 'ann',
  published: 3,
  acknowledged: new Map([
    [1, 'one'],
    [2, 'two'],
  ]),
  unanswered: 1,
  silentGaps: 0,
  toldGaps: 2,
} as unknown as DrillAttendee

async function account(rows: [client: string, seq: number, body: string][], applied = rows.length) {
  async function* messages() {
    for (const [client, seq, body] of rows) yield { client, seq, body }
  }
  const watermark = { applied, expired: 0 } as ExportedWatermark
  return await accountOf([ann], messages(), [watermark])
}

test('what was acknowledged and is there as it was sent is kept, and what the PoP itself says is no attendee’s', async () => {
  expect(
    await account([
      ['@pop', 1, 'own'],
      ['ann', 1, 'one'],
      ['ann', 2, 'two'],
    ]),
  ).toEqual({
    ...{ published: 3, acknowledged: 2, atCentral: 2, lost: 0, appliedTwice: 0, foreign: 0 },
    ...{ unanswered: 1, silentGaps: 0, toldGaps: 2 },
  })
})

test('what is missing, or is there with other words, is lost', async () => {
  expect(await account([['ann', 1, 'one']])).toMatchObject({ lost: 1 })
  expect(
    await account([
      ['ann', 1, 'one'],
      ['ann', 2, 'three'],
    ]),
  ).toMatchObject({ lost: 1 })
})

test('what was not acknowledged may be there, what nobody sent is foreign, and more effects than messages are counted', async () => {
  const rows: [string, number, string][] = [
    ['ann', 1, 'one'],
    ['ann', 2, 'two'],
    ['ann', 3, 'three'],
  ]
  expect(await account(rows)).toMatchObject({ lost: 0, foreign: 0 })
  expect(await account([...rows, ['ann', 4, 'four'], ['ben', 1, 'one']])).toMatchObject({ foreign: 2 })
  expect(await account(rows, 4)).toMatchObject({ appliedTwice: 1 })
})
