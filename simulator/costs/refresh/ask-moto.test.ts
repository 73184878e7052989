// The spot market's history from moto, which answers EC2's real API; of the price list it knows nothing.
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { rehearsalClock } from '../../rehearsal/clock.ts'
import { ProcessGroup } from '../../rehearsal/process-group.ts'
import { findMoto, startMoto } from '../../twin-cloud/moto/moto-server.ts'
import { decimalText } from '../money.ts'
import { askPriceList, askSpotHistory } from './ask-aws.ts'
import { globalQuestions } from './questions.ts'
import { spotRates } from './spot-history.ts'

const TIMEOUT_MS = 90_000
const command = await findMoto()
const ending = new AsyncDisposableStack()
const window = { startMs: Date.parse('2026-11-23T00:00:00Z'), endMs: Date.parse('2026-11-30T00:00:00Z') }

let endpoint: string
beforeAll(async () => {
  if (command === null) return
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'testing')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'testing')
  const folder = ending.use(await mkdtempDisposable(join(tmpdir(), 'micropop-moto-prices-')))
  const group = await ProcessGroup.open(folder.path)
  ending.defer(() => group.stop())
  endpoint = await startMoto({ group, command, clock: rehearsalClock, signal: new AbortController().signal })
}, TIMEOUT_MS)
afterAll(async () => {
  vi.unstubAllEnvs()
  await ending.disposeAsync()
})
beforeEach(({ skip }) => skip(command === null, 'no moto: run `node tools/setup.mjs --moto`'))

const options = () => ({ signal: new AbortController().signal, onPage: () => {}, endpoint })

test('prices of the types asked for come from every zone', { timeout: TIMEOUT_MS }, async () => {
  const changes = await askSpotHistory('eu-west-1', ['t3.medium', 'm5.large'], window, options())
  expect([...new Set(changes.map(({ type }) => type))].sort()).toEqual(['m5.large', 't3.medium'])
  expect([...new Set(changes.map(({ zone }) => zone))].sort()).toEqual([
    'eu-west-1a',
    'eu-west-1b',
    'eu-west-1c',
  ])
  // moto says 0.00001 for all, since 2006: the mean over a week is that.
  const rates = spotRates(changes, window, 'eu-west-1', '2026-11-30')
  expect(rates.map(({ id, tiers }) => [id, tiers[0] && decimalText(tiers[0].priceUsd)]).sort()).toEqual([
    ['ec2.m5.large.spot', '0.00001'],
    ['ec2.t3.medium.spot', '0.00001'],
  ])
})

test('a server without a price list is no AWS, and is said to be none', { timeout: TIMEOUT_MS }, async () => {
  const [question] = globalQuestions()
  if (!question) return expect.unreachable()
  await expect(Array.fromAsync(askPriceList(question, options()))).rejects.toMatchObject({ exitCode: 3 })
})
