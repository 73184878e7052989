// Phases on the event's own clocks, over both changes of them; what they cost adds up; what costs on afterwards.
import { expect, test } from 'vitest'
import { loadEvent } from '../../infra/event/load.ts'
import { eventWith } from '../../infra/testing/events.ts'
import { openScenario } from '../scenario.ts'
import { surrogateUsage } from '../surrogate/surrogate.ts'
import { testCalibration } from '../testing/calibration.ts'
import { forecast } from './forecast.ts'
import { phaseCosts, phasesOf } from './phases.ts'
import { loadPriceBook } from './price-book.ts'
import { tailsOf } from './tails.ts'
import { graphOf, IRELAND, resource } from './testing/fixtures.ts'

/** Two days from 09:00 to 17:00 in Dublin; set-up from 09:00 the day before, tear-down until the last midnight. */
const weekend = (firstDay: string) =>
  eventWith({ startMs: Date.parse(firstDay), days: 2, setupS: 86_400, teardownS: 7 * 3_600 })

const shown = (event: ReturnType<typeof weekend>) =>
  phasesOf(event).map(
    ({ name, day, startsAt, endsAt, hours }) => `${name} ${day} ${startsAt} ${endsAt} ${hours}`,
  )

test('in spring a night is an hour shorter than its clocks say: 23 h from nine to nine', () => {
  // Irish clocks go from 01:00 to 02:00 on Sunday, 28 March 2027.
  expect(shown(weekend('2027-03-27T09:00:00Z'))).toEqual([
    'set-up 1 2027-03-26T09:00 2027-03-27T09:00 24',
    'show 1 2027-03-27T09:00 2027-03-27T17:00 8',
    'night 1 2027-03-27T17:00 2027-03-28T09:00 15',
    'show 2 2027-03-28T09:00 2027-03-28T17:00 8',
    'tear-down 2 2027-03-28T17:00 2027-03-29T00:00 7',
  ])
})

test('in autumn it is an hour longer: 25 h from nine to nine', () => {
  // From 02:00 back to 01:00 on Sunday, 31 October 2027; 09:00 on Saturday is 08:00 UTC.
  expect(shown(weekend('2027-10-30T08:00:00Z'))).toEqual([
    'set-up 1 2027-10-29T09:00 2027-10-30T09:00 24',
    'show 1 2027-10-30T09:00 2027-10-30T17:00 8',
    'night 1 2027-10-30T17:00 2027-10-31T09:00 17',
    'show 2 2027-10-31T09:00 2027-10-31T17:00 8',
    'tear-down 2 2027-10-31T17:00 2027-11-01T00:00 7',
  ])
})

test('the hour that clocks skip costs nothing, the one that they repeat is paid', () => {
  const cost = (firstDay: string) => {
    const machine = resource('machine', 'aws:ec2/instance:Instance', { instanceType: 't3.medium' })
    return forecast(graphOf(machine), weekend(firstDay), [], IRELAND).total
  }
  // 24 + 8 + 15 + 8 + 7 = 62 h and 64 h at 0.0456 USD: 2.8272 and 2.9184 USD.
  expect(cost('2027-03-27T09:00:00Z')).toBe(2_827_200_000_000n)
  expect(cost('2027-10-30T08:00:00Z')).toBe(2_918_400_000_000n)
})

test.each(['hybrid-conference-2000', 'week-long-series', 'pop-up-stand'])(
  'phases of %s follow each other over its window, and add up to its total',
  async (name) => {
    const { event, graph } = await openScenario(loadEvent(`scenarios/events/${name}.yaml`))
    const cost = forecast(graph, event, surrogateUsage(graph, event, testCalibration), loadPriceBook())
    const phases = phaseCosts(event, cost)
    expect(phases.reduce((sum, { amount }) => sum + amount, 0n)).toBe(cost.total)
    expect(phases[0]?.startMs).toBe(cost.window.startMs)
    expect(phases.at(-1)?.endMs).toBe(cost.window.endMs)
    phases.slice(1).forEach(({ startMs }, i) => {
      expect(startMs).toBe(phases[i]?.endMs)
    })
  },
)

test('what costs on afterwards is named with its month, what a person has to delete first', () => {
  const database = { engine: 'postgres', allocatedStorage: 50, skipFinalSnapshot: false }
  const graph = graphOf(
    resource('key', 'aws:kms/key:Key', { deletionWindowInDays: 30 }),
    resource('address', 'aws:ec2/eip:Eip'),
    resource('database', 'aws:rds/instance:Instance', database),
    resource('gone', 'aws:rds/instance:Instance', { ...database, skipFinalSnapshot: true }),
    resource('cluster', 'aws:rds/cluster:Cluster', {}),
  )
  const tails = tailsOf({ graph, event: eventWith(), usages: [], book: IRELAND })
  expect(tails.map(({ urn, monthly, ends, atMost }) => [urn, monthly, ends, atMost])).toEqual([
    // 50 GB at 0.095 USD.
    ['urn:database', 4_750_000_000_000n, 'by-hand', true],
    ['urn:cluster', null, 'by-hand', true],
    // 730 h at 0.005 USD.
    ['urn:address', 3_650_000_000_000n, 'with-destroy', false],
    ['urn:key', 0n, 'by-itself', false],
  ])
})
