// What the watch hears of a metadata service as EC2 has it: tokens that end, faults, and a notice.
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { metadataServer } from '../testing/metadata-server.ts'
import { spotNotice } from './spot-watch.ts'

const NOTICE = '{"action":"terminate","time":"2026-12-03T10:15:00Z"}'

async function watching() {
  const metadata = await metadataServer()
  const abort = new AbortController()
  onTestFinished(async () => {
    abort.abort()
    await metadata.close()
  })
  const errors: string[] = []
  const logger = pino({ level: 'error' }, { write: (line: string) => void errors.push(JSON.parse(line).err) })
  const { endpoint } = metadata
  const notice = spotNotice({ endpoint, pollMs: 1, logger, signal: abort.signal })
  return { metadata, abort, errors, notice }
}

test('a notice is told with its time, after as many questions as it takes', async () => {
  const { metadata, errors, notice } = await watching()
  await metadata.asked(3)
  metadata.action = NOTICE
  expect(await notice).toEqual({ action: 'terminate', time: '2026-12-03T10:15:00Z' })
  expect(errors).toEqual([])
})

test('a token that has ended is replaced', async () => {
  const { metadata, errors, notice } = await watching()
  await metadata.asked(1)
  metadata.forgetTokens()
  metadata.action = NOTICE
  expect(await notice).toMatchObject({ action: 'terminate' })
  expect(errors).toEqual([])
})

test('a service that fails, or says what nobody knows, is asked again, and told once', async () => {
  const { metadata, errors, notice } = await watching()
  metadata.fault = 503
  await metadata.asked(2)
  metadata.action = 'soon'
  await metadata.asked(6)
  expect(errors.length).toBeGreaterThan(0)
  expect(errors.length).toBeLessThanOrEqual(2)
  metadata.action = NOTICE
  expect(await notice).toMatchObject({ action: 'terminate' })
})

test('without a notice the watch ends when it is told to', async () => {
  const { metadata, abort, notice } = await watching()
  await metadata.asked(1)
  abort.abort()
  expect(await notice).toBeNull()
})
