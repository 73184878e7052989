// Starting a PoP: a start that fails leaves nothing behind, and an uplink that fails is seen.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { type ServerOptions, WebSocketServer } from 'ws'
import { type PopOptions, type RunningPop, startPop } from './pop.ts'
import { DEFAULT_LIMITS, popConfigSchema } from './pop-config.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'micropop-start-'))
const running: RunningPop[] = []
const centrals: WebSocketServer[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((pop) => pop.close()))
  for (const central of centrals.splice(0)) central.close()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Start {
  uplinkToken?: PopOptions['uplinkToken']
  centralUrl?: string
}

async function start({
  uplinkToken = null,
  centralUrl = 'ws://127.0.0.1:9/uplink',
}: Start = {}): Promise<RunningPop> {
  const pop = await startPop({
    config: popConfigSchema.parse({
      version: 1,
      event: 'e',
      pop: 'hall',
      listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
      dataDir,
      uplinks: [{ name: 'uplink', url: centralUrl }],
      queue: { maxBytes: 1_000_000, segmentBytes: 1_000_000 },
      limits: DEFAULT_LIMITS,
      imagesDir: null,
    }),
    uplinkToken,
    logger: pino({ level: 'silent' }),
  })
  running.push(pop)
  return pop
}

test('an uplink that cannot even be tried fails the start, and all that was opened is closed', async () => {
  await expect(start({ uplinkToken: 'no\nheader' })).rejects.toThrow()
  // The folder is free again: it is the last that a PoP lets go, after its ports.
  await expect(start()).resolves.toMatchObject({ port: expect.any(Number) })
})

/** A central that answers each connection with `frame`. Returns its URL. */
async function centralThatSays(frame: object, options: ServerOptions = {}): Promise<string> {
  const central = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  centrals.push(central)
  central.on('connection', (socket) => socket.on('message', () => socket.send(JSON.stringify(frame))))
  await once(central, 'listening')
  return `ws://127.0.0.1:${(central.address() as AddressInfo).port}/uplink`
}

const text = async ({ adminPort }: RunningPop, path: string) =>
  (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text()

test('a secret that central refuses is seen where health is asked for', async () => {
  const refusing = (_: unknown, done: (ok: boolean, status: number) => void) => done(false, 401)
  const pop = await start({ centralUrl: await centralThatSays({}, { verifyClient: refusing }) })
  await expect
    .poll(async () => JSON.parse(await text(pop, '/healthz')))
    .toMatchObject({ ok: true, uplinkFault: 'Unexpected server response: 401', syncStopped: null })
  expect(await text(pop, '/metrics')).toMatch(/^micropop_uplink_stopped 0$/m)
})

test.each([
  ['regressed', { t: 'ready', watermarks: { bulk: 7 } }],
  ['rewound', { t: 'err', code: 'MP_LOG_REWOUND', why: '' }],
])('a log that is not synced any more is seen in health and metrics: %s', async (syncStopped, frame) => {
  const pop = await start({ centralUrl: await centralThatSays(frame) })
  await expect
    .poll(async () => JSON.parse(await text(pop, '/healthz')))
    .toMatchObject({ ok: true, connected: false, syncStopped })
  expect(await text(pop, '/metrics')).toMatch(/^micropop_uplink_stopped 1$/m)
})
