import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net'
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest'
import { freePort, LOOPBACK } from '../../runtime/free-ports.ts'
import { oneWayMs } from '../calibration/link-time.ts'
import { rehearsalClock } from './clock.ts'
import { imageConnections, toxicDelays, toxicRate } from './link-shape.ts'
import { Links } from './links.ts'
import { findLiveTools, type LiveTools } from './live-tools.ts'
import { ProcessGroup } from './process-group.ts'
import { tempFolder } from './testing/temp-folder.ts'

describe('the emulation’s resolution', () => {
  test('delays are whole ms in each direction and sum to the round trip', () => {
    expect(toxicDelays(25.4)).toEqual({ upstream: 12, downstream: 13 })
    expect(toxicDelays(0)).toEqual({ upstream: 0, downstream: 0 })
  })

  test('a rate is whole KB/s, and never the 0 that would stall the link', () => {
    expect(toxicRate(1_000_000)).toBe(125)
    expect(toxicRate(100)).toBe(1)
  })

  test('images share as many connections as a browser opens', () => {
    expect([0, 1, 4, 6, 20].map(imageConnections)).toEqual([1, 1, 4, 6, 6])
  })
})

async function toolsOrSkip({ skip }: TestContext): Promise<LiveTools> {
  return findLiveTools().catch((error: Error) => skip(error.message))
}

async function startLinks(tools: LiveTools, port = 0): Promise<Links> {
  const group = await ProcessGroup.open(await tempFolder())
  onTestFinished(() => group.stop())
  return Links.start({ group, command: tools.toxiproxy, clock: rehearsalClock, port })
}

/** Sends everything back. */
async function echoServer(): Promise<string> {
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket))
  server.listen(0, LOOPBACK)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `${LOOPBACK}:${(server.address() as AddressInfo).port}`
}

async function connect(address: string): Promise<Socket> {
  const [host, port] = address.split(':') as [string, string]
  const socket = tcpConnect(Number(port), host)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function echo(socket: Socket, bytes: number): Promise<number> {
  const startMs = rehearsalClock.monotonicMs()
  socket.write(Buffer.alloc(bytes, 'x'))
  let received = 0
  while (received < bytes) {
    const [chunk] = await once(socket, 'data')
    received += chunk.length
  }
  return rehearsalClock.monotonicMs() - startMs
}

describe('Toxiproxy', () => {
  test('takes as long as the link’s round trip and rate say, one after the other', async (context) => {
    const links = await startLinks(await toolsOrSkip(context))
    const shape = { rateBps: 800_000, rttMs: 100 }
    const socket = await connect((await links.access('hall/slow', shape, await echoServer(), 4)).session)
    const bytes = 10_000
    const tookMs = await echo(socket, bytes)
    const expectedMs = 2 * oneWayMs(shape, bytes)
    expect(tookMs).toBeGreaterThan(expectedMs - 5)
    expect(tookMs).toBeLessThan(expectedMs + 500)
  })

  test('a cut swallows everything and tells nobody; the return closes what lived through it', async (context) => {
    const links = await startLinks(await toolsOrSkip(context))
    const shape = { rateBps: 8_000_000, rttMs: 10 }
    const address = await links.uplink('hall', 'uplink', shape, await echoServer())
    const before = await connect(address)
    await echo(before, 100)
    let heard = 0
    before.on('data', (chunk) => {
      heard += chunk.length
    })
    await links.cut('hall', 'uplink')
    before.write('lost')
    const during = await connect(address)
    during.write('lost too')
    const closed = [once(before, 'close'), once(during, 'close')]
    await links.restore('hall', 'uplink')
    await Promise.all(closed)
    expect(heard).toBe(0)
    await echo(await connect(address), 100)
  })

  test('can be cut and restored again and again', async (context) => {
    const links = await startLinks(await toolsOrSkip(context))
    const address = await links.uplink('hall', 'uplink', { rateBps: 8_000_000, rttMs: 4 }, await echoServer())
    for (let i = 0; i < 3; i++) {
      await links.cut('hall', 'uplink')
      await links.restore('hall', 'uplink')
      await echo(await connect(address), 100)
    }
  })

  test('an address can be moved: who is connected is cut off, and who comes reaches the other end', async (context) => {
    const links = await startLinks(await toolsOrSkip(context))
    const address = await links.address('hall', await echoServer())
    const before = await connect(address)
    await echo(before, 100)
    const closed = once(before, 'close')
    await links.move('hall', await echoServer())
    await closed
    await echo(await connect(address), 100)
    await expect(links.move('cellar', address)).rejects.toThrow('No address cellar')
  })

  test('a port that another process has is a clear error', async (context) => {
    const tools = await toolsOrSkip(context)
    const port = await freePort()
    const taken = createServer().listen(port, LOOPBACK)
    onTestFinished(() => void taken.close())
    await once(taken, 'listening')
    await expect(startLinks(tools, port)).rejects.toMatchObject({ code: 'MP_PORT_TAKEN', exitCode: 3 })
  })
})
