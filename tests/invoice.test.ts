// Invoices from the folder of a real PoP that was killed, and from a real central: what sponsors owe is what clients saw.
import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import { HEARTBEAT_MS } from '../runtime/features/session-log.ts'
import { DEFAULT_LIMITS, popConfigSchema } from '../runtime/pop-config.ts'
import { SESSION_LOG, SHOW } from '../runtime/protocol/show.ts'
import { SessionClient } from '../runtime/testing/session-client.ts'
import type { Invoice, InvoiceResult } from '../simulator/costs/sponsors/invoice-result.ts'
import { readSessionLog } from '../simulator/costs/sponsors/session-log-file.ts'
import { COMMAND, cleanUp, folder, PopProcess, queueState } from './loaded-pop.ts'

const EVENT_FILE = 'scenarios/events/hybrid-conference-2000.yaml'
const LOGGED_WITHIN_MS = 20_000
const FEATURE = { id: 'quiz', ch: 'room', sponsor: 'acme' }

async function site(uplink = 'ws://127.0.0.1:9/uplink'): Promise<{ configFile: string; dataDir: string }> {
  const dir = await folder('invoice')
  const dataDir = join(dir, 'pop')
  await mkdir(dataDir)
  const config = popConfigSchema.parse({
    version: 1,
    event: 'hybrid-conference-2000',
    pop: 'hall',
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir,
    uplinks: [{ name: 'uplink', url: uplink }],
    queue: { maxBytes: 100_000_000, segmentBytes: 1_000_000 },
    limits: DEFAULT_LIMITS,
    sessionThreads: 0,
    imagesDir: null,
  })
  const configFile = join(dir, 'pop.json')
  await writeFile(configFile, JSON.stringify(config))
  return { configFile, dataDir }
}

async function operate(admin: string, body: object): Promise<void> {
  const answer = await fetch(`${admin}/v1/show/${SHOW.features}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(await answer.json()).toHaveProperty('off')
}

/** Until the log on disk says that `client` got the feature, or that it had it. */
async function logged(dataDir: string, is: 'start' | 'stop', client: string): Promise<void> {
  const late = AbortSignal.timeout(LOGGED_WITHIN_MS)
  for (;;) {
    for await (const { body } of readSessionLog(dataDir, null)) {
      if (body?.[is]?.some(([of]) => of === client)) return
    }
    late.throwIfAborted()
  }
}

async function client(url: string, name: string, ch: string): Promise<SessionClient> {
  const session = await SessionClient.open(url, name)
  cleanUp.push(() => session.drop())
  await session.subscribe(ch)
  return session
}

function invoice(...more: string[]) {
  return promisify(execFile)(process.execPath, [COMMAND, 'invoice', EVENT_FILE, ...more])
}

function invoiceOf(dataDir: string): Promise<{ result: InvoiceResult; acme: Invoice }> {
  return invoiceFrom('--log', `hall=${dataDir}`)
}

async function invoiceFrom(...from: string[]): Promise<{ result: InvoiceResult; acme: Invoice }> {
  const { stdout } = await invoice(...from, '--format', 'json')
  const result = JSON.parse(stdout) as InvoiceResult
  return { result, acme: result.invoices.find(({ sponsor }) => sponsor === 'acme') as Invoice }
}

test('killed in the middle and restarted: seconds are those that clients saw, less the last before the kill', async () => {
  const { configFile, dataDir } = await site()
  const first = new PopProcess(configFile)
  const { session, admin } = await first.ready()
  await operate(admin, { do: 'start', ...FEATURE })

  // Ann comes and goes before the kill; Bob and Cleo have the feature when it happens.
  const annMost = performance.now()
  const ann = await client(session, 'ann', 'room')
  const annLeast = performance.now()
  const bobMost = performance.now()
  await client(session, 'bob', 'room')
  await logged(dataDir, 'start', 'bob')
  const annTo = performance.now()
  await ann.close()
  await logged(dataDir, 'stop', 'ann')
  const annSaw = { leastMs: annTo - annLeast, mostMs: performance.now() - annMost }
  const cleoMost = performance.now()
  await client(session, 'cleo', 'room')
  await logged(dataDir, 'start', 'cleo')
  const killedAt = performance.now()
  await first.kill()
  const bobSawMs = performance.now() - bobMost
  const cleoSawMs = performance.now() - cleoMost

  // A copy of what is on disk now: the sessions that have no end count to the last heartbeat.
  const copy = join(await folder('copy'), 'pop')
  await cp(dataDir, copy, { recursive: true })
  const killed = await invoiceOf(copy)
  expect(killed.result.open).toMatchObject([{ venue: 'hall', sessions: 2 }])
  const killedS = Number(killed.acme.seconds)
  expect(killedS * 1_000).toBeLessThanOrEqual(annSaw.mostMs + bobSawMs + cleoSawMs)
  const lostMost = 2 * (HEARTBEAT_MS + 1_000)
  expect(killedS * 1_000).toBeGreaterThanOrEqual(annSaw.leastMs + (killedAt - bobMost) - lostMost)

  const again = new PopProcess(configFile)
  const second = await again.ready()
  const daveMost = performance.now()
  await client(second.session, 'dave', 'room')
  const daveLeast = performance.now()
  await logged(dataDir, 'start', 'dave')
  const daveTo = performance.now()
  await operate(second.admin, { do: 'stop', id: FEATURE.id })
  const daveUntil = performance.now()
  await logged(dataDir, 'stop', 'dave')

  // Beside the running PoP. Who was there at the kill has what the log said then, and Dave what he saw.
  const { result, acme } = await invoiceOf(dataDir)
  expect(result.open).toEqual([])
  const daveMs = Number(acme.seconds) * 1_000 - killedS * 1_000
  expect(daveMs).toBeGreaterThanOrEqual(Math.floor(daveTo - daveLeast) - 1)
  expect(daveMs).toBeLessThanOrEqual(Math.ceil(daveUntil - daveMost) + 1)
  expect(acme.rows).toMatchObject([{ venue: 'hall', feature: 'quiz', people: 4, rate: '0.00005' }])
  // The event's day is another one: the reader is told.
  expect(result.outsideSeconds).toBe(acme.seconds)

  // The lines that `queue export` prints come to the same invoice, number and all.
  const { stdout } = await promisify(execFile)(process.execPath, [
    COMMAND,
    'queue',
    'export',
    dataDir,
    '--channel',
    SESSION_LOG,
  ])
  const lines = join(await folder('lines'), 'log.jsonl')
  await writeFile(lines, stdout)
  expect((await invoiceOf(lines)).acme).toEqual(acme)

  // A line short, it is refused, and what is missing is named.
  await writeFile(lines, stdout.split('\n').toSpliced(1, 1).join('\n'))
  await expect(invoice('--log', `hall=${lines}`)).rejects.toMatchObject({
    code: 4,
    stderr: expect.stringContaining('record 2 of the session log is missing before'),
  })
})

test('what central has comes to the same invoice as the log on the machine', async () => {
  const secret = { MICROPOP_UPLINK_TOKEN: 'the-shared-secret' }
  const data = await folder('central')
  const central = new CentralProcess(['--port', '0', '--admin-port', '0', '--data', data], secret)
  cleanUp.push(() => central.kill())
  const { port, adminPort } = await central.ready()
  const { configFile, dataDir } = await site(`ws://127.0.0.1:${port}/uplink`)
  const { session, admin } = await new PopProcess(configFile, [], 'pop', COMMAND, secret).ready()
  await operate(admin, { do: 'start', ...FEATURE })
  await client(session, 'ann', 'room')
  await logged(dataDir, 'start', 'ann')
  await operate(admin, { do: 'stop', id: FEATURE.id })
  await logged(dataDir, 'stop', 'ann')
  const late = AbortSignal.timeout(LOGGED_WITHIN_MS)
  while ((await queueState(admin)).backlog > 0) late.throwIfAborted()

  const tokenFile = join(data, 'token')
  await writeFile(tokenFile, `${secret.MICROPOP_UPLINK_TOKEN}\n`)
  const from = ['--central', `http://127.0.0.1:${adminPort}`, '--token-file', tokenFile]
  const { result, acme } = await invoiceFrom(...from)
  expect(acme).toEqual((await invoiceOf(dataDir)).acme)
  expect(Number(acme.seconds)).toBeGreaterThan(0)
  expect(result).toMatchObject({ open: [], withoutLog: ['remote'] })
  const { stdout } = await invoice(...from)
  expect(stdout).toContain('No log of remote was given: nothing is counted there.')

  const refused = async (args: string[], code: number, says: string) =>
    expect(invoice(...args)).rejects.toMatchObject({ code, stderr: expect.stringContaining(says) })
  await refused([...from, '--log', `hall=${dataDir}`], 2, "cannot be used with option '--log")
  await central.kill()
  await refused(from, 3, 'does not answer: ECONNREFUSED')
})
