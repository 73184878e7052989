// `micropop forecast --so-far` of a running PoP: what it counted is what its attendees got, and who is no PoP of the event is told.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { freePort } from '../runtime/free-ports.ts'
import type { RunningPop } from '../runtime/pop.ts'
import type { SoFar } from '../simulator/costs/so-far/so-far-result.ts'
import { dataFolder, metric, open, session, start } from './running-pop.ts'
import { ROOT } from './source-tree.ts'

const TIMEOUT_MS = 60_000
const HOUR_MS = 3_600_000
const STAND = join(ROOT, 'scenarios', 'events', 'pop-up-stand.yaml')

async function forecast(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = [join(ROOT, 'cli', 'micropop.mjs'), 'forecast', ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}

/** The stand as the event and venue of the test's PoP, its doors open since an hour before the PoP's process began. */
async function eventOf(pop: RunningPop): Promise<string> {
  const startedMs = (await metric(pop, 'process_start_time_seconds')) * 1_000
  const starts = new Date(Math.floor(startedMs / HOUR_MS) * HOUR_MS - HOUR_MS).toISOString().slice(0, 16)
  const file = join(await dataFolder(), 'event.yaml')
  const changed = readFileSync(STAND, 'utf8')
    .replace('name: pop-up-stand', 'name: test-event')
    .replace('timezone: Europe/Madrid', 'timezone: Etc/UTC')
    .replace(/starts: \S+/, `starts: ${starts}`)
    .replace(/^ {2}stand:$/m, '  hall:')
    .replace(/^outage: .*$/m, '')
  writeFileSync(file, changed)
  return file
}

const admin = (pop: RunningPop) => `http://127.0.0.1:${pop.adminPort}`

test(
  'pages and messages that attendees got are what is measured, and a page more makes it more',
  async () => {
    const pop = await start()
    const page = async () => (await (await fetch(`http://127.0.0.1:${pop.port}/`)).arrayBuffer()).byteLength
    let pageBytes = 0
    for (let i = 0; i < 3; i++) pageBytes += await page()
    await fetch(`http://127.0.0.1:${pop.port}/`, { method: 'HEAD' })
    expect(await metric(pop, 'micropop_pages_total')).toBe(3)
    expect(await metric(pop, 'micropop_page_sent_bytes_total')).toBe(pageBytes)

    const [ann, bob] = [await session(pop, 'ann'), await session(pop, 'bob')]
    await bob.subscribe('room')
    ann.publish({ seq: 1, ch: 'room', body: 'ten letters' })
    const message = await bob.next('msg')
    expect(await metric(pop, 'micropop_delivered_bytes_total')).toBe(JSON.stringify(message).length)

    const event = await eventOf(pop)
    const measured = async (...sources: string[]) => {
      const given = sources.flatMap((source) => ['--so-far', source])
      const { stdout, stderr } = await forecast(event, '--runs', '0', '--format', 'json', ...given)
      expect(stderr).toBe('')
      return (JSON.parse(stdout) as { soFar: SoFar }).soFar
    }
    const once_ = await measured(admin(pop))
    expect(once_.venues).toMatchObject([
      { venue: 'hall', egress: expect.any(Number), cpu: expect.any(Number) },
    ])
    expect(once_.ignored).toEqual([])
    for (let i = 0; i < 500; i++) await page()
    const more = await measured(`hall=${admin(pop)}`)
    expect(more.venues[0]?.egress).toBeGreaterThan(10 * (once_.venues[0]?.egress ?? 0))
    // A port alone is of this machine.
    const short = await measured(`:${pop.adminPort}`)
    expect(short.venues[0]?.egress).toBeGreaterThan(10 * (once_.venues[0]?.egress ?? 0))
  },
  TIMEOUT_MS,
)

test(
  'nobody there, a door that asks who comes, no PoP, too long an answer and another event are one error each',
  async () => {
    const pop = await start()
    const event = await eventOf(pop)
    const server = createServer((request, response) => {
      const { host = '', authorization } = request.headers
      expect(authorization).toBeUndefined()
      if (host.startsWith('localhost')) response.writeHead(401).end('who are you')
      else if (host.startsWith('127.0.0.2')) response.end('x'.repeat(3e6))
      else response.end('{"ok":true}')
    })
    await new Promise<void>((resolve) => server.listen(0, resolve))
    open.push({ close: () => server.close() })
    const { port } = server.address() as AddressInfo
    const said = async (file: string, ...sources: string[]) => {
      const given = sources.flatMap((source) => ['--so-far', source])
      const { code, stdout, stderr } = await forecast(file, '--runs', '0', ...given)
      expect(stdout).toBe('')
      return `${code} ${stderr.trim()}`
    }
    const silent = await said(event, `http://127.0.0.1:${await freePort()}`)
    expect(silent).toMatch(/^3 .*gives no answer that can be read: ECONNREFUSED \[MP_POP_SILENT\]\n.*Forward/)
    expect(await said(event, `http://localhost:${port}`)).toMatch(/^2 .*HTTP 401 \[MP_POP_USAGE\]/)
    expect(await said(event, `http://127.0.0.1:${port}`)).toMatch(
      /^2 .*is no PoP: HTTP 200.*\[MP_POP_USAGE\]/,
    )
    expect(await said(event, `http://127.0.0.2:${port}`)).toMatch(
      /^3 .*longer than 2000000 bytes \[MP_POP_SILENT\]/,
    )
    expect(await said(STAND, admin(pop))).toMatch(/^2 .*serves the event test-event, not pop-up-stand/)
    expect(await said(event, admin(pop), 'usage.json')).toMatch(
      /^2 .*a file and something besides \[MP_OPTION\]/,
    )
    expect(await said(event, `foyer=${admin(pop)}`)).toMatch(
      /^2 .*names foyer, which is no venue .*\[MP_OPTION\]/,
    )
    expect(await said(event, 'ftp://127.0.0.1')).toMatch(
      /^2 "ftp:.* is no address of an admin port \[MP_ADMIN_URL\]/,
    )
    const secret = await said(event, `http://ann:pass-word@127.0.0.1:${pop.adminPort}`)
    expect(secret).toMatch(/^2 "http:\/\/…@127.*\[MP_ADMIN_URL\]/)
    expect(secret).not.toContain('pass-word')
  },
  2 * TIMEOUT_MS,
)
