// What drops a way of buying before the twin sees it: another that is better in everything, how often it is taken back too.
import { expect, test } from 'vitest'
import type { Ec2Pop, EventSpec, Venue } from '../../infra/event/event.ts'
import { loadEvent } from '../../infra/event/load.ts'
import { decimal } from '../costs/money.ts'
import { loadPriceBook, type PriceBook } from '../costs/price-book.ts'
import { testCalibration } from '../testing/calibration.ts'
import { screenVenue } from './screen.ts'

const stand = loadEvent('scenarios/events/pop-up-stand.yaml')
/** m7g.large is the faster one, here the cheaper one too, and in eu-west-1 taken back more often than c6g.large. */
const [CHEAP, RARE] = ['m7g.large', 'c6g.large']
const shipped = loadPriceBook()
const book: PriceBook = {
  date: shipped.date,
  rate(region, id) {
    const type = /^ec2\.(.*)\.on-demand$/.exec(id)?.[1]
    if (type !== undefined && ![CHEAP, RARE, 't4g.small'].includes(type)) return null
    const rate = shipped.rate(region, id)
    if (rate === null || id !== `ec2.${CHEAP}.spot`) return rate
    return { ...rate, tiers: rate.tiers.map((tier) => ({ ...tier, priceUsd: decimal('0.001') })) }
  },
}

async function onSpot(interruptedPerMonth: number | null) {
  const { uncertainty } = stand
  const event: EventSpec = {
    ...stand,
    uncertainty: { ...uncertainty, spot: { ...uncertainty.spot, interruptedPerMonth } },
  }
  const { options } = await screenVenue(event, event.venues[0] as Venue, {
    calibration: testCalibration,
    book,
  })
  return options
    .filter(({ venue, what }) => (venue.pop as Ec2Pop).policy === 'spot' && !what.includes('queue'))
    .map(({ venue, spot, dominated }) => ({
      type: (venue.pop as Ec2Pop).instanceType,
      expected: spot?.expected,
      from: spot?.from,
      dominated,
    }))
}

test('a dearer and slower spot machine is kept where it is taken back more rarely, and only there', async () => {
  const byBand = await onSpot(null)
  expect(byBand).toContainEqual({
    type: CHEAP,
    expected: expect.closeTo(0.075, 9),
    from: 'band',
    dominated: false,
  })
  expect(byBand).toContainEqual({
    type: RARE,
    expected: expect.closeTo(0.025, 9),
    from: 'band',
    dominated: false,
  })
  const stated = await onSpot(0.2)
  expect(stated).toContainEqual({ type: CHEAP, expected: 0.2, from: 'stated', dominated: false })
  expect(stated).toContainEqual({ type: RARE, expected: 0.2, from: 'stated', dominated: true })
})
