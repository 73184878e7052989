// `micropop central` as a process: kills, signals, and every way in which it cannot start.
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ExportedMessage, ExportedWatermark } from './central/export.ts'
import { CentralProcess } from './central/testing/central-process.ts'
import { ENGINES, type TestEngine } from './central/testing/stores.ts'
import { TestUplink } from './central/testing/test-uplink.ts'
import type { Batch } from './protocol/uplink.ts'
import { pick, seededRandom } from './testing/seeded-random.ts'

const FREE_PORTS = ['--port', '0', '--admin-port', '0']
const dataDir = mkdtempSync(join(tmpdir(), 'micropop-central-'))
const running: CentralProcess[] = []

function start(...[args, environment]: ConstructorParameters<typeof CentralProcess>): CentralProcess {
  const central = new CentralProcess([...FREE_PORTS, ...args], environment)
  running.push(central)
  return central
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((central) => central.kill()))
})

afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

/** Record n of the only lane: five clients take turns. */
function batch(first: number, count: number): Batch {
  const records = Array.from({ length: count }, (_, i) => {
    const n = first + i - 1
    return { client: `client-${n % 5}`, seq: 1 + Math.floor(n / 5), ch: 'room.main', body: { n }, at: n }
  })
  return { t: 'batch', lane: 'interactive', first, records }
}

async function exported(adminPort: number, event: string) {
  const get = (path: string) => fetch(`http://127.0.0.1:${adminPort}/v1/${path}?event=${event}`)
  const lines = (await (await get('messages')).text()).trimEnd().split('\n')
  const messages: ExportedMessage[] = lines.map((line) => JSON.parse(line))
  const watermarks = (await (await get('watermarks')).json()) as ExportedWatermark[]
  return { messages, watermarks }
}

for (const { name, skip, start: startEngine } of ENGINES) {
  describe.skipIf(skip)(name, () => {
    let engine: TestEngine

    beforeAll(async () => {
      engine = await startEngine()
    }, 60_000)

    afterAll(() => engine?.stop())

    const startCentral = () =>
      start(
        ['--data', engine.dataDir, '--log-level', 'error'],
        engine.databaseUrl === null ? {} : { DATABASE_URL: engine.databaseUrl },
      )

    test('killed in the middle of a stream, again and again: every message is applied exactly once', async () => {
      const total = 1_500
      const kills = 3
      const random = seededRandom(7)
      let acknowledged = 0
      for (let round = 0; round <= kills; round++) {
        const central = startCentral()
        const { port, adminPort } = await central.ready()
        const uplink = await TestUplink.connect(`ws://127.0.0.1:${port}/uplink`)
        const ready = await uplink.hello('killed')
        const watermark = (ready.t === 'ready' && ready.watermarks.interactive) || 0
        // What was acknowledged has survived; what was committed and not yet acknowledged may have.
        expect(watermark).toBeGreaterThanOrEqual(acknowledged)
        const stopAt = round === kills ? total : watermark + Math.floor((total - watermark) / 3)
        // As a PoP whose acknowledgements were lost: it goes back behind what central has.
        let first = Math.max(1, acknowledged + 1 - pick(random, 50))
        while (first <= total) {
          const count = Math.min(1 + pick(random, 12), total + 1 - first)
          uplink.send(batch(first, count))
          first += count
        }
        await uplink.until((frame) => {
          expect(frame.t).toBe('applied')
          if (frame.t === 'applied') acknowledged = frame.through
          return acknowledged >= stopAt
        })
        if (round < kills) {
          await central.kill()
          continue
        }
        const { messages, watermarks } = await exported(adminPort, 'killed')
        const identities = new Set(messages.map(({ client, seq }) => `${client} ${seq}`))
        expect(messages).toHaveLength(total)
        expect(identities.size).toBe(total)
        expect(watermarks).toEqual([
          expect.objectContaining({
            ...{ pop: 'hall', log: 'log-1', lane: 'interactive' },
            ...{ through: total, applied: total, duplicates: 0, repaired: 0 },
          }),
        ])
        expect(await central.kill('SIGTERM')).toMatchObject({ code: 0 })
      }
    }, 60_000)
  })
}

test('ends with 0 at SIGTERM and at Ctrl-C, and says at start what the embedded store survives', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const central = start(['--data', dataDir])
    await central.ready()
    const { code, stderr } = await central.kill(signal)
    expect(code).toBe(0)
    expect(stderr).toContain('survives a killed process, not a power cut')
  }
}, 30_000)

test('killed while it makes its first database, it starts the next time', async () => {
  const folder = join(dataDir, 'interrupted')
  const interrupted = start(['--data', folder])
  await vi.waitFor(() => expect(existsSync(join(folder, 'lock'))).toBe(true), {
    timeout: 10_000,
    interval: 2,
  })
  await interrupted.kill()
  expect(existsSync(join(folder, 'pglite'))).toBe(false)
  await start(['--data', folder]).ready()
}, 30_000)

test('a second central in the same folder is refused', async () => {
  await start(['--data', dataDir]).ready()
  const { code, stderr } = await start(['--data', dataDir]).ended
  expect(stderr).toContain('in use by another process [MP_DATA_DIR]')
  expect(code).toBe(3)
}, 30_000)

test.each(['--port', '--admin-port'])(
  'a taken %s is named, with what to do',
  async (option) => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const { code, stderr } = await start([option, String(port), '--data', dataDir]).ended
    holder.close()
    expect(stderr).toContain(`port ${port} is taken by another process [MP_PORT_TAKEN]`)
    expect(stderr).toContain(`choose another port with ${option}`)
    expect(code).toBe(3)
  },
  30_000,
)

test.each([
  ['no URL of PostgreSQL', 'mysql://root:hunter2@127.0.0.1/x', 2, 'MP_DATABASE_URL'],
  ['no URL', 'postgres://root:hunter2@[::::/x', 2, 'MP_DATABASE_URL'],
  ['a server that is not there', 'postgres://root:hunter2@127.0.0.1:1/x', 3, 'MP_DATABASE_UNREACHABLE'],
])('DATABASE_URL with %s: refused without showing the password', async (_what, url, exitCode, error) => {
  const { code, stderr } = await start([], { DATABASE_URL: url }).ended
  expect(stderr).toContain(error)
  expect(stderr).not.toContain('hunter2')
  expect(code).toBe(exitCode)
})

test.each(['--host', '--admin-host'])('%s off loopback needs a secret', async (option) => {
  const { code, stderr } = await start([option, '0.0.0.0', '--data', dataDir]).ended
  expect(stderr).toContain('MP_UPLINK_TOKEN')
  expect(code).toBe(3)
})

test('a port that is none is refused as bad input', async () => {
  const { code, stderr } = await new CentralProcess(['--port', '70000']).ended
  expect(stderr).toContain('a port is a whole number from 0 to 65535')
  expect(code).toBe(2)
})

test.each(['--host', '--admin-host'])(
  '%s that is no address of this machine is refused as bad input',
  async (option) => {
    const secret = { MICROPOP_UPLINK_TOKEN: 'secret' }
    // RFC 5737: an address for documentation, no machine's own.
    const { code, stderr } = await start([option, '192.0.2.1', '--data', dataDir], secret).ended
    expect(stderr).toContain('192.0.2.1 is no address of this machine (EADDRNOTAVAIL) [MP_LISTEN_ADDRESS]')
    expect(stderr).toContain(`with ${option}`)
    expect(code).toBe(2)
  },
  30_000,
)

test('days to keep messages that are none are refused as bad input', async () => {
  const { code, stderr } = await start(['--keep', '0']).ended
  expect(stderr).toContain('days are a whole number from 1 to 36500')
  expect(code).toBe(2)
})

test('a host name that resolves to nothing is refused as bad input', async () => {
  const secret = { MICROPOP_UPLINK_TOKEN: 'secret' }
  const { code, stderr } = await start(['--host', 'nosuch.invalid', '--data', dataDir], secret).ended
  expect(stderr).toContain('[MP_LISTEN_ADDRESS]')
  expect(code).toBe(2)
}, 30_000)

test('a log level that is none is refused as bad input, with those there are', async () => {
  const { code, stderr } = await start(['--log-level', 'verbose']).ended
  expect(stderr).toContain('Allowed choices are trace, debug, info, warn, error')
  expect(code).toBe(2)
})
