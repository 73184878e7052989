// Asks a PoP from outside whether it serves: opens a session as an attendee's client does, times its answers, and has one
// message written and delivered.
import { get } from 'node:http'
import { get as getSecure } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import type { ClientFrame, PopFrame } from '../protocol/session.ts'
import { SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import { type PopAddress, popAddress } from './pop-address.ts'

/** One after the other. */
const PINGS = 5
const ANSWER_BYTES_MAX = 128 * 1024
const VERSION_BYTES_MAX = 4 * 1024

export interface ProbeOptions {
  /** Shown with the hello, for a PoP that asks for one; null: none. */
  token: string | null
  /** Who the session is of: the token's `sub`, or a name of this probe alone. */
  client: string
  /** False leaves no trace: nothing is published. */
  publish: boolean
  /** PEM of an authority that this machine does not know. */
  ca?: string
  /** Monotonic, ms. */
  nowMs: () => number
  /** ms since the Unix epoch. */
  wallMs: () => number
  /** Ends the probe: what is late by then is the fault. */
  signal: AbortSignal
}

export interface ProbeReport {
  url: string
  serves: boolean
  /** Why not, in one sentence; null where it serves. */
  fault: string | null
  pop: string | null
  version: string | null
  /** TCP, TLS and WebSocket handshake. */
  connectMs: number | null
  /** Median of several pings within the session. */
  roundTripMs: number | null
  /** From publishing to having the message back, which the PoP sends once it is on its disk. */
  publishMs: number | null
  /** Why nothing was published though it was wanted. */
  notPublished: string | null
  certificateExpiresAtMs: number | null
}

/** Never rejects for what the PoP does. Errors: MP_POP_URL. */
export async function probe(url: string, options: ProbeOptions): Promise<ProbeReport> {
  const address = popAddress(url)
  const report: ProbeReport = {
    ...{ url, serves: false, fault: null, pop: null, version: null, connectMs: null, roundTripMs: null },
    ...{ publishMs: null, notPublished: null, certificateExpiresAtMs: null },
  }
  const session = new ProbeSession(address, options)
  try {
    const startMs = options.nowMs()
    report.certificateExpiresAtMs = await session.opened
    report.connectMs = options.nowMs() - startMs
    report.version = await versionOf(address, options)
    await converse(session, options, report)
    report.serves = report.fault === null
  } catch (error) {
    report.fault = options.signal.aborted ? lateText(report) : (error as Error).message
  } finally {
    session.close()
  }
  return report
}

async function converse(session: ProbeSession, options: ProbeOptions, report: ProbeReport): Promise<void> {
  const { client, token, publish, nowMs, wallMs } = options
  session.send({ t: 'hello', client, ...(token !== null && { token }), from: { bulk: 1 } })
  const greeted = await session.next((frame) => frame.t === 'welcome' || frame.t === 'err')
  if (greeted.t === 'err') {
    // The door, its keys and the protocol work: only who may come in was not tried.
    if (greeted.code === 'MP_TOKEN_MISSING')
      report.notPublished = 'it asks for a token: give one with --token-file to try a whole session'
    else report.fault = `the session is refused: ${greeted.why} [${greeted.code}]`
    return
  }
  if (greeted.t === 'welcome') report.pop = greeted.pop
  const roundTrips: number[] = []
  for (let n = 1; n <= PINGS; n++) {
    const sentMs = nowMs()
    session.send({ t: 'ping', n })
    await session.next((frame) => frame.t === 'pong' && frame.n === n)
    roundTrips.push(nowMs() - sentMs)
  }
  report.roundTripMs = roundTrips.sort((a, b) => a - b)[Math.floor(PINGS / 2)] ?? null
  if (!publish) return
  const ch = `probe.${client}`
  session.send({ t: 'sub', ch })
  const subscribed = await session.next((frame) => frame.t === 'subd' || frame.t === 'err')
  if (subscribed.t === 'err') {
    report.notPublished = `it may not subscribe to ${ch}: ${subscribed.why} [${subscribed.code}]`
    return
  }
  const seq = ((greeted.t === 'welcome' && greeted.acked.bulk) || 0) + 1
  const sentMs = nowMs()
  session.send({ t: 'pub', lane: 'bulk', seq, ch, body: 'probe', at: wallMs(), ack: 'disk' })
  const published = await session.next((frame) => frame.t === 'msg' || frame.t === 'err')
  if (published.t === 'msg') report.publishMs = nowMs() - sentMs
  else if (published.t === 'err' && published.code === 'MP_DENIED')
    report.notPublished = `it may not publish to ${ch}`
  else if (published.t === 'err') report.fault = `a message is refused: ${published.why} [${published.code}]`
}

/** A session that waits for one message. */
export interface Listener {
  /** Rejects with what became of the session, or when the signal ends it. */
  heard: Promise<void>
  close: () => void
}

/** Subscribes to a channel as an attendee does. Errors: MP_POP_URL; rejects where the PoP does not let it. */
export async function listen(
  url: string,
  { ch, ...options }: Pick<ProbeOptions, 'token' | 'client' | 'ca' | 'signal'> & { ch: string },
): Promise<Listener> {
  const session = new ProbeSession(popAddress(url), options)
  const { client, token } = options
  const answer = async (is: PopFrame['t']) => {
    const frame = await session.next(({ t }) => t === is || t === 'err')
    if (frame.t === 'err') throw new Error(`${frame.why} [${frame.code}]`)
  }
  try {
    await session.opened
    session.send({ t: 'hello', client, ...(token !== null && { token }), from: { bulk: 1 } })
    await answer('welcome')
    session.send({ t: 'sub', ch })
    await answer('subd')
  } catch (error) {
    session.close()
    throw error
  }
  return { heard: answer('msg'), close: () => session.close() }
}

function lateText({ connectMs, pop }: ProbeReport): string {
  if (connectMs === null) return 'no connection in time: is the address right, and the port open?'
  return pop === null ? 'connected, but no answer to the hello in time' : 'the session stopped answering'
}

class ProbeSession {
  /** Resolves with the end of the certificate, ms since the Unix epoch; null without TLS. */
  readonly opened: Promise<number | null>
  readonly #socket: WebSocket
  #frames: PopFrame[] = []
  #fault: Error | null = null
  #wake: () => void = () => {}

  constructor({ session }: PopAddress, { ca, signal }: Pick<ProbeOptions, 'ca' | 'signal'>) {
    const socket = new WebSocket(session, SESSION_SUBPROTOCOL, {
      perMessageDeflate: false,
      maxPayload: ANSWER_BYTES_MAX,
      ...(ca !== undefined && { ca }),
    })
    this.#socket = socket
    const { promise: opened, resolve, reject } = Promise.withResolvers<number | null>()
    this.opened = opened
    let expiresAtMs: number | null = null
    socket.on('upgrade', ({ socket: wire }) => {
      const until =
        'getPeerCertificate' in wire ? (wire as TLSSocket).getPeerCertificate().valid_to : undefined
      expiresAtMs = until === undefined ? null : Date.parse(until)
    })
    socket.on('unexpected-response', (request, response) => {
      response.destroy()
      request.destroy()
      ended(new Error(`no PoP takes sessions there: HTTP ${response.statusCode ?? 'without a status'}`))
    })
    const ended = (error: Error) => {
      this.#fault ??= error
      reject(this.#fault)
      this.#wake()
    }
    socket.on('open', () => resolve(expiresAtMs))
    socket.on('error', (error: Error & { code?: string }) =>
      ended(new Error(error.message || (error.code ?? 'unknown'))),
    )
    socket.on('close', (code) => ended(new Error(`the session was closed with ${code}`)))
    socket.on('message', (data, isBinary) => {
      const frame = isBinary ? null : frameOf(data.toString())
      if (frame === null) ended(new Error('what answers there does not speak the session protocol'))
      else this.#frames.push(frame)
      this.#wake()
    })
    signal.addEventListener('abort', () => ended(new Error('late')), { once: true })
    if (signal.aborted) ended(new Error('late'))
  }

  send(frame: ClientFrame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }

  /** The next frame that is `wanted`; others are dropped. */
  async next(wanted: (frame: PopFrame) => boolean): Promise<PopFrame> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined && wanted(frame)) return frame
      if (frame !== undefined) continue
      if (this.#fault) throw this.#fault
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.on('error', () => {})
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(1000)
    else this.#socket.terminate()
  }
}

function frameOf(text: string): PopFrame | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 't' in value ? (value as PopFrame) : null
  } catch {
    // Said by who asked.
    return null
  }
}

/** null where it does not say: a PoP of before, or a proxy that passes on sessions alone. */
async function versionOf({ version, tls }: PopAddress, { ca, signal }: ProbeOptions): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const request = (tls ? getSecure : get)(version, { signal, agent: false, ...(ca !== undefined && { ca }) })
  request.on('error', () => resolve(null))
  request.on('response', async (response) => {
    response.on('data', () => {
      if (response.socket.bytesRead > VERSION_BYTES_MAX) request.destroy()
    })
    const said = await textOf(response).catch(() => '')
    resolve(response.statusCode === 200 ? versionIn(said) : null)
  })
  return promise
}

function versionIn(said: string): string | null {
  try {
    const { micropop } = JSON.parse(said) as { micropop?: unknown }
    return typeof micropop === 'string' && /^[\w.+-]{1,40}$/.test(micropop) ? micropop : null
  } catch {
    // Not a PoP's answer.
    return null
  }
}
