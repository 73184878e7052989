// Keys changed under real processes: the uplink's secret, the queue's key, the keys of tokens. Two are good while it lasts,
// the old one is refused afterwards, and nothing acknowledged is lost.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../runtime/pop/clock.ts'
import type { PopConfig } from '../runtime/pop-config.ts'
import { readKeyFile } from '../runtime/queue/log-cipher.ts'
import { surveyLog } from '../runtime/queue/log-survey.ts'
import { openQueueFolder } from '../runtime/queue/log-walk.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import { type KeyPair, newKeyPair, tokenSigner } from '../runtime/token-keys.ts'
import { cleanUp, PopProcess, queueState } from './loaded-pop.ts'
import { central, expectAll, load, pop, type Site, site } from './one-venue.ts'

const TIMEOUT_MS = 240_000

function change(at: Site, to: (config: PopConfig) => void): void {
  const config = JSON.parse(readFileSync(at.configFile, 'utf8'))
  to(config)
  writeFileSync(at.configFile, JSON.stringify(config))
}

test('the uplink’s secret: central takes both, PoPs change one after the other, then the old one is refused', {
  timeout: TIMEOUT_MS,
}, async () => {
  const [old, next] = ['secret-of-spring', 'secret-of-summer']
  const at = await site()
  const popWith = async (token: string) => {
    const process = new PopProcess(at.configFile, [], 'pop', undefined, { MICROPOP_UPLINK_TOKEN: token })
    return { kill: () => process.kill(), ...(await process.ready()) }
  }
  let running = await central(at, undefined, { MICROPOP_UPLINK_TOKEN: old })
  let venue = await popWith(old)
  await load(at, venue.session)

  await running.kill()
  running = await central(at, undefined, { MICROPOP_UPLINK_TOKEN: old, MICROPOP_UPLINK_TOKEN_NEXT: next })
  await load(at, venue.session)
  await venue.kill()
  venue = await popWith(next)
  await load(at, venue.session)

  await running.kill()
  running = await central(at, undefined, { MICROPOP_UPLINK_TOKEN: next })
  await load(at, venue.session)
  await expectAll(at, venue.admin, running.adminUrl, 4)

  await venue.kill()
  venue = await popWith(old)
  await expect
    .poll(async () => (await queueState(venue.admin)).uplinkFault, { timeout: 30_000 })
    .toContain('401')
})

test('the queue’s key: the new one seals, the old one opens what it sealed, and may go when nothing is under it', {
  timeout: TIMEOUT_MS,
}, async () => {
  const at = await site()
  const keyFile = join(at.dir, 'queue.key')
  const [old, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const keys = (...lines: string[]) => writeFileSync(keyFile, `${lines.join('\n')}\n`, { mode: 0o600 })
  const underOlderKeys = async () =>
    (await surveyLog(await openQueueFolder(join(at.dir, 'pop')), await readKeyFile(keyFile))).underOlderKeys
  change(at, ({ queue }) => {
    queue.keyFile = keyFile
    queue.segmentBytes = 20_000
  })
  keys(old)
  // Without central: nothing leaves the log yet.
  let venue = await pop(at)
  const ann = await SessionClient.open(venue.session, 'ann')
  cleanUp.push(() => ann.drop())
  const body = 'x'.repeat(1_000)
  for (let seq = 1; seq <= 50; seq++) ann.publish({ seq, ch: 'room', body })
  await ann.acked(50)
  await venue.kill()

  // The old one alone is not enough for what follows, nor the new one for what was.
  keys(next)
  const refused = new PopProcess(at.configFile)
  await expect(refused.ready()).rejects.toThrow('MP_QUEUE_KEY')
  keys(next, old)
  venue = await pop(at)
  expect((await queueState(venue.admin)).backlog).toBe(50)
  expect(await underOlderKeys()).toBeGreaterThan(0)
  const ben = await SessionClient.open(venue.session, 'ben')
  cleanUp.push(() => ben.drop())
  for (let seq = 1; seq <= 100; seq++) ben.publish({ seq, ch: 'room', body })
  await ben.acked(100)
  await venue.kill()

  // What central has goes after `maxAgeS`: then the old key is needed no more.
  change(at, ({ queue }) => {
    queue.maxAgeS = 1
  })
  const running = await central(at)
  venue = await pop(at)
  await load(at, venue.session)
  await expect.poll(async () => (await queueState(venue.admin)).backlog, { timeout: 30_000 }).toBe(0)
  await expect
    .poll(
      async () => {
        await load(at, venue.session)
        return await underOlderKeys()
      },
      { timeout: 60_000 },
    )
    .toBe(0)
  await venue.kill()
  keys(next)
  venue = await pop(at)
  await load(at, venue.session)
  await expect.poll(async () => (await queueState(venue.admin)).backlog, { timeout: 30_000 }).toBe(0)
  await running.kill()
})

test('the keys of tokens: a set of both, then the new one alone', { timeout: TIMEOUT_MS }, async () => {
  const at = await site()
  const [old, next] = [await newKeyPair('EdDSA', 'spring'), await newKeyPair('EdDSA', 'summer')]
  const popWith = async (...pairs: KeyPair[]) => {
    change(at, (config) => {
      const jwks = { keys: pairs.map((pair) => pair.public) }
      config.auth = { issuer: 'tickets', audience: 'summit', jwks, clockToleranceS: 30 }
    })
    return await pop(at)
  }
  let issued = 0
  const answer = async (url: string, { signing }: KeyPair) => {
    const nowS = Math.floor(systemClock.wallMs() / 1_000)
    const claims = { client: 'ada', issuer: 'tickets', audience: 'summit', jti: `t${issued++}` }
    const token = await (await tokenSigner(signing))({ ...claims, issuedAtS: nowS, expiresAtS: nowS + 60 })
    const session = await SessionClient.open(url)
    cleanUp.push(() => session.drop())
    session.send({ t: 'hello', client: 'ada', token })
    await session.until(() => session.frames.length > 0)
    const [frame] = session.frames
    return frame?.t === 'err' ? frame.code : frame?.t
  }
  let venue = await popWith(old)
  expect(await answer(venue.session, old)).toBe('welcome')
  expect(await answer(venue.session, next)).toBe('MP_TOKEN_KEY')
  await venue.kill()
  venue = await popWith(old, next)
  expect(await answer(venue.session, old)).toBe('welcome')
  expect(await answer(venue.session, next)).toBe('welcome')
  await venue.kill()
  venue = await popWith(next)
  expect(await answer(venue.session, next)).toBe('welcome')
  expect(await answer(venue.session, old)).toBe('MP_TOKEN_KEY')
})
