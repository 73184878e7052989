// `micropop status` over real PoPs and a real central: the table, the exit code, and the reason where something is wrong.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { CentralProcess } from '../runtime/central/testing/central-process.ts'
import type { FleetStatus } from '../runtime/operations/fleet-status.ts'
import type { RunningPop } from '../runtime/pop.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { dataFolder, open, queueState, session, start } from './running-pop.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 60_000
const EVENT = join(ROOT, 'scenarios', 'events', 'pop-up-stand.yaml')

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'status', ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

async function status(...args: string[]): Promise<FleetStatus & { code: number }> {
  const { code, stdout } = await run('--format', 'json', ...args)
  return { code, ...JSON.parse(stdout) }
}

const admin = (pop: RunningPop) => `http://127.0.0.1:${pop.adminPort}`

async function central(): Promise<{ url: string; admin: string; kill: () => Promise<unknown> }> {
  const process = new CentralProcess(['--port', '0', '--admin-port', '0', '--data', await dataFolder()])
  open.push({ close: () => process.kill() })
  const { port, adminPort } = await process.ready()
  return {
    url: `ws://127.0.0.1:${port}/uplink`,
    admin: `http://127.0.0.1:${adminPort}`,
    kill: () => process.kill(),
  }
}

/** Asks until `holds`, which the PoP comes to by itself. */
async function until<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask()
    if (holds(value)) return value
  }
}

test(
  'a PoP that is well, and central: version, sessions, backlog, disk, link and the last comparison; then central dies',
  async () => {
    const { url, admin: centralAdmin, kill } = await central()
    const pop = await start({ centralUrl: url, queue: { reconcileS: 1 } })
    const ada = await session(pop, 'ada')
    ada.publish({ seq: 1, ch: 'chat', body: 'secret words of ada', ack: 'central' })
    await ada.acked(1, 'interactive', 'central')
    await until(
      () => queueState(pop),
      ({ compared }) => compared !== null,
    )
    const well = await status('--pop', admin(pop), '--central', centralAdmin)
    expect(well.pops[0]?.problems).toEqual([])
    expect(well).toMatchObject({ code: 0, well: true, notes: [] })
    expect(well.central?.status).toMatchObject({ ok: true, version: packageJson.version })
    expect(well.pops[0]?.status).toMatchObject({
      ...{ event: 'test-event', pop: 'hall', version: packageJson.version, certificate: null },
      sessions: { open: 1, max: 5_000 },
      queue: { backlog: 0, oldestS: null, writable: true },
      uplink: { connected: true, paths: [{ name: 'uplink', live: true }] },
      compared: { everyS: 1, differing: 0 },
    })
    expect(JSON.stringify(well)).not.toMatch(/ada|secret words/)

    const { stdout, code } = await run('--pop', admin(pop))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^PoP +state +version +sessions +backlog/)
    expect(stdout).toMatch(/^hall +well +0\.1\.0 +1\/5,000 +0, 0 B/m)

    await kill()
    await until(
      () => queueState(pop),
      ({ connected }) => !connected,
    )
    ada.publish({ seq: 2, ch: 'chat', body: 'after the cut' })
    await ada.acked(2)
    const cut = await status('--pop', `hall=${admin(pop)}`, '--central', centralAdmin)
    expect(cut).toMatchObject({ code: 1, well: false })
    expect(cut.pops[0]?.problems).toEqual([expect.stringContaining('not connected to central')])
    expect(cut.pops[0]?.status?.queue).toMatchObject({ backlog: 1, oldestS: expect.any(Number) })
    expect(cut.central?.problems).toEqual([expect.stringContaining('ECONNREFUSED')])
  },
  TIMEOUT_MS,
)

test(
  'a certificate that ends soon, an address of another PoP, and a venue that was not asked',
  async (context) => {
    const missing = noCertificates()
    context.skip(missing !== null, missing ?? '')
    const { url } = await central()
    const tls = makeCertificate(await dataFolder(), 'hall', 3)
    const pop = await start({ centralUrl: url, tls })
    await until(
      () => queueState(pop),
      ({ connected }) => connected,
    )
    const asked = await status(EVENT, '--pop', `foyer=${admin(pop)}`)
    expect(asked.code).toBe(1)
    expect(asked.pops[0]?.problems).toEqual([
      expect.stringMatching(/certificate ends in [23] days/),
      'it says that it is hall: the address is of another PoP',
    ])
    expect(asked.problems).toContainEqual(expect.stringMatching(/^venue \w+ was not asked: give its PoP/))
    expect(asked.problems).toContainEqual(expect.stringContaining('serves the event test-event'))
  },
  TIMEOUT_MS,
)

test(
  'of the stack’s outputs: asked from outside, with what it takes to see the rest; together with an admin port, both',
  async () => {
    const { url } = await central()
    const pop = await start({ centralUrl: url })
    await until(
      () => queueState(pop),
      ({ connected }) => connected,
    )
    const file = join(await dataFolder(), 'out.json')
    writeFileSync(file, JSON.stringify({ popUrl: { hall: `http://127.0.0.1:${pop.port}` } }))
    const outside = await run('--stack-output', file)
    expect(outside.code).toBe(0)
    expect(outside.stdout).toContain('Known from outside only: hall')
    expect(outside.stdout).toContain('AWS-StartPortForwardingSession')
    const both = await status('--stack-output', file, '--pop', `hall=${admin(pop)}`)
    expect(both.pops).toHaveLength(1)
    expect(both.pops[0]).toMatchObject({ problems: [], status: { pop: 'hall' }, probe: { serves: true } })
    expect((await queueState(pop)).committed).toBe(0)
  },
  TIMEOUT_MS,
)

test(
  'what answers with anything else, or too much, is told as a fault and not believed',
  async () => {
    const server = createServer((request, response) => {
      response.end(request.headers.host?.includes('localhost') ? '{"ok":true}' : 'x'.repeat(1e6))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => server.close() })
    const { port } = server.address() as AddressInfo
    const asked = await status('--pop', `http://localhost:${port}`, `http://127.0.0.1:${port}`)
    expect(asked.code).toBe(1)
    expect(asked.pops.map(({ problems }) => problems[0])).toEqual([
      expect.stringContaining('no status of a PoP'),
      expect.stringContaining('longer than'),
    ])
  },
  TIMEOUT_MS,
)

test.for([
  [[], 'MP_NOBODY_TO_ASK'],
  [['--pop', 'ftp://hall'], 'MP_ADMIN_URL'],
] as [string[], string][])('%j is refused as input: %s', async ([args, code]) => {
  const ended = await run(...args)
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(code)
})
