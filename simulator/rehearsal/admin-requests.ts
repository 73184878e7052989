// What a rehearsal asks of a running PoP: its queue, its processor time, its page; and of central: its messages.
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ExportedWatermark } from '../../runtime/central/export.ts'
import { MicropopError } from '../../runtime/errors.ts'
import { LOOPBACK } from '../../runtime/free-ports.ts'
import type { QueueState } from '../../runtime/pop/queue-state.ts'
import { PATHS } from '../../runtime/ports.ts'
import { type Buckets, parseBuckets } from '../calibration/histogram.ts'
import type { QueueSample } from './raw-lines.ts'

/** An answer that takes longer is no answer. */
const TIMEOUT_MS = 5_000
const EXPORT_TIMEOUT_MS = 60_000

export async function queueState(adminPort: number): Promise<QueueState> {
  return (await get(`http://${LOOPBACK}:${adminPort}/v1/queue`)).json() as Promise<QueueState>
}

/** Tells the PoP to send its sessions elsewhere, after which it ends. Returns how many it had. */
export async function drainPop(adminPort: number): Promise<number> {
  const answer = await request(`http://${LOOPBACK}:${adminPort}/v1/drain`, { method: 'POST' })
  return ((await answer.json()) as { sessions: number }).sessions
}

export function queueSample(venue: string, tMs: number, state: QueueState): QueueSample {
  const { backlog, backlogBytes, connected, sessions, committed, uplinkSentBytes, uplinkReceivedBytes } =
    state
  return {
    venue,
    tMs: Math.round(tMs),
    backlog,
    backlogBytes,
    connected,
    sessions,
    committed,
    uplinkSentBytes,
    uplinkReceivedBytes,
  }
}

/** Processor seconds since the PoP's start, user and system. */
export async function cpuSeconds(adminPort: number): Promise<number> {
  const text = await (await get(`http://${LOOPBACK}:${adminPort}${PATHS.metrics}`)).text()
  const value = /^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]
  return value === undefined ? 0 : Number(value)
}

/** How long central's transactions took since its start. */
export async function applySeconds(adminPort: number): Promise<Buckets> {
  const text = await (await get(`http://${LOOPBACK}:${adminPort}${PATHS.metrics}`)).text()
  return parseBuckets(text, 'micropop_central_apply_seconds')
}

/** How long the PoP's durable writes took since its start. */
export async function logWriteSeconds(adminPort: number): Promise<Buckets> {
  const text = await (await get(`http://${LOOPBACK}:${adminPort}${PATHS.metrics}`)).text()
  return parseBuckets(text, 'micropop_log_write_seconds')
}

/** Bytes of the page and of all its images, fetched once: afterwards they are in the PoP's cache. */
export async function warmPage(
  port: number,
  imagePaths: readonly string[],
): Promise<{ html: number; images: number }> {
  const size = async (path: string) =>
    (await (await get(`http://${LOOPBACK}:${port}${path}`)).arrayBuffer()).byteLength
  const html = await size('/')
  let images = 0
  // One after the other: the PoP's workers share the machine with other PoPs that do the same.
  for (const path of imagePaths) images += await size(path)
  return { html, images }
}

/** Every message that central has of the event with its body, one JSON object a line, into `file`. */
export async function exportMessages(adminPort: number, event: string, file: string): Promise<void> {
  const url = `http://${LOOPBACK}:${adminPort}/v1/messages?event=${encodeURIComponent(event)}&bodies=true`
  const { body } = await get(url, EXPORT_TIMEOUT_MS)
  if (body === null) throw new Error('Central answered the export without a body')
  await pipeline(Readable.fromWeb(body), createWriteStream(file))
}

/** How often central applied what each PoP sent. */
export async function exportWatermarks(adminPort: number, event: string): Promise<ExportedWatermark[]> {
  const url = `http://${LOOPBACK}:${adminPort}/v1/watermarks?event=${encodeURIComponent(event)}`
  return (await get(url)).json() as Promise<ExportedWatermark[]>
}

function get(url: string, timeoutMs = TIMEOUT_MS): Promise<Response> {
  return request(url, { method: 'GET' }, timeoutMs)
}

async function request(
  url: string,
  init: { method: 'GET' | 'POST' },
  timeoutMs = TIMEOUT_MS,
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
  } catch (error) {
    throw failed(`${init.method} ${url} failed: ${(error as Error).message}`, error)
  }
  if (!response.ok)
    throw failed(
      `${init.method} ${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`,
    )
  return response
}

function failed(message: string, cause?: unknown): MicropopError {
  return new MicropopError('MP_REHEARSAL', message, {
    exitCode: 5,
    remedy: 'Run again; if it stays, send the logs in the run folder with your report.',
    cause,
  })
}
