// What version 0.1.0 said on the uplink, recorded between its PoP and its central: this version answers it in the same way,
// reads its answers, ignores what a later one adds, and refuses a protocol that it does not speak with what to do.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { TestUplink } from '../runtime/central/testing/test-uplink.ts'
import { startCentral } from '../runtime/central.ts'
import {
  type CentralUplinkFrame,
  type PopUplinkFrame,
  UPLINK_SPOKEN_HEADER,
  UPLINK_SUBPROTOCOL,
} from '../runtime/protocol/uplink.ts'
import { parseCentralFrame } from '../runtime/queue/parse-central-frame.ts'
import { VERSION } from '../runtime/version.ts'
import recorded from './compatibility/uplink-0.1.0.json' with { type: 'json' }
import { dataFolder, open, queueState, start } from './running-pop.ts'

const TIMEOUT_MS = 60_000
const said = recorded as unknown as (['pop', PopUplinkFrame] | ['central', CentralUplinkFrame])[]
const ofPop = said.flatMap(([who, frame]) => (who === 'pop' ? [frame] : []))
const ofCentral = said.flatMap(([who, frame]) => (who === 'central' ? [frame] : []))

async function central() {
  const running = await startCentral({
    ...{ port: 0, adminPort: 0, databaseUrl: null, dataDir: await dataFolder(), uplinkToken: null },
    logger: pino({ level: 'silent' }),
  })
  open.push(running)
  const put = await fetch(`${running.adminUrl}/v1/documents/config/door?event=summit`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'if-none-match': '*' },
    body: '{"open":true}',
  })
  expect(put.status).toBe(201)
  return running
}

/** Frames that answer one of the PoP's, in whatever order documents come between them. */
const isAnswer = ({ t }: CentralUplinkFrame) => t !== 'doc'

/** What a later version might add to every frame, and to what is in it. */
function withMore(frame: object): object {
  const records = 'records' in frame && Array.isArray(frame.records)
  const more = { later: { field: [1] } }
  return {
    ...frame,
    ...more,
    ...(records && { records: (frame.records as object[]).map((record) => ({ ...record, ...more })) }),
  }
}

test.for([
  ['as it was', (frame: object) => frame],
  ['with fields that a later PoP adds', withMore],
] as const)(
  'a PoP of 0.1.0 is answered as its own central answered: %s',
  { timeout: TIMEOUT_MS },
  async ([, as]) => {
    const { url } = await central()
    const uplink = await TestUplink.connect(url)
    open.push({ close: () => uplink.socket.terminate() })
    const answers: CentralUplinkFrame[] = []
    const wanted = ofCentral.filter(isAnswer)
    for (const frame of ofPop) {
      uplink.send(as(frame))
      if (frame.t === 'doc-kept') continue
      answers.push(...(await uplink.until(isAnswer)).filter(isAnswer))
    }
    expect(answers).toHaveLength(wanted.length)
    // Three batches in a row are one transaction where they come in time: by lane, then.
    const key = (frame: CentralUplinkFrame) =>
      `${frame.t} ${'lane' in frame ? frame.lane : ''} ${'n' in frame ? frame.n : ''}`
    const byKey = new Map(answers.map((frame) => [key(frame), frame]))
    for (const frame of wanted) expect(byKey.get(key(frame))).toMatchObject(frame)
  },
)

test('this PoP reads what a central of 0.1.0 says, and what a later one adds to it', () => {
  for (const frame of ofCentral) {
    const parsed = parseCentralFrame(JSON.stringify(frame))
    expect(parsed).toEqual({ ok: frame })
    expect(parseCentralFrame(JSON.stringify(withMore(frame)))).toEqual(parsed)
  }
})

test('each side tells the other its version, which the PoP shows', { timeout: TIMEOUT_MS }, async () => {
  const { url } = await central()
  const pop = await start({ centralUrl: url })
  await expect.poll(async () => (await queueState(pop)).uplinks[0]?.central).toBe(VERSION)
})

test('a central that speaks another protocol: the PoP says which, and what to do, and serves on', {
  timeout: TIMEOUT_MS,
}, async () => {
  const server = createServer()
  server.on('upgrade', (_request, socket) => {
    socket.end(
      `HTTP/1.1 400 Bad Request\r\n${UPLINK_SPOKEN_HEADER}: micropop-uplink.v2\r\nConnection: close\r\n\r\n`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ close: () => server.close() })
  const pop = await start({ centralUrl: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/uplink` })
  await expect
    .poll(async () => (await queueState(pop)).uplinkFault)
    .toBe(
      `central speaks micropop-uplink.v2 and not ${UPLINK_SUBPROTOCOL}: run versions of PoP and central that are next to each other, central upgraded first [MP_UPLINK_VERSION]`,
    )
  expect(await (await fetch(`http://127.0.0.1:${pop.adminPort}/healthz`)).json()).toMatchObject({ ok: true })
})

test('a PoP that speaks another protocol is refused, and told what this central speaks', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { url } = await central()
  const socket = new WebSocket(url, 'micropop-uplink.v2')
  const [, response] = await once(socket, 'unexpected-response')
  expect(response.statusCode).toBe(400)
  expect(response.headers[UPLINK_SPOKEN_HEADER]).toBe(UPLINK_SUBPROTOCOL)
  response.destroy()
})
