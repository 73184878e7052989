// Asks a PoP at its admin port what it has sent and computed since its process began: its own counters, bounded and in time.
import { InvalidInput, MissingHere } from '../errors.ts'
import { PATHS } from '../ports.ts'
import { askPop, fetchedText } from './ask-status.ts'

const METRICS_BYTES_MAX = 2_000_000

/** Since the PoP's process began; null: it does not count it, as one of an earlier version. */
export interface PopUsage {
  origin: string
  event: string
  pop: string
  /** How long its process has been up, whole seconds. */
  upS: number
  /** To attendees: messages, pages and images, without frames around them. */
  egressBytes: number | null
  /** To central, by all ways. */
  uplinkBytes: number | null
  cpuS: number | null
}

/** `origin`: as `adminOrigin` gives it. Errors: MP_POP_SILENT, MP_POP_USAGE. */
export async function askPopUsage(origin: string, signal: AbortSignal): Promise<PopUsage> {
  const metrics = await fetchedText(`${origin}${PATHS.metrics}`, signal, METRICS_BYTES_MAX)
  if ('fault' in metrics) throw silent(origin, metrics.fault)
  if (metrics.code === 401 || metrics.code === 403) {
    throw new InvalidInput(
      'MP_POP_USAGE',
      `${origin} does not let this in: HTTP ${metrics.code}`,
      "A PoP's admin port asks for nothing: something before it does. Forward the port itself, and give --so-far http://127.0.0.1:7071.",
    )
  }
  const answer = await askPop(origin, signal)
  if ('fault' in answer) throw noPop(origin, answer.fault)
  const counted = counters(metrics.text)
  const [messages, pages] = [
    counted('micropop_delivered_bytes_total'),
    counted('micropop_page_sent_bytes_total'),
  ]
  // A PoP without images has no counter of them.
  const images = counted('micropop_image_sent_bytes_total') ?? 0
  const usage = {
    egressBytes: messages === null || pages === null ? null : messages + pages + images,
    uplinkBytes: counted('micropop_uplink_sent_bytes_total'),
    cpuS: counted('process_cpu_seconds_total'),
  }
  if (Object.values(usage).every((of) => of === null)) throw noPop(origin, 'no counters of a PoP')
  const { event, pop, upS } = answer.status
  return { origin, event, pop, upS, ...usage }
}

/** Of Prometheus' text format: a counter's sum over its labels; null where there is none. */
export function counters(text: string): (name: string) => number | null {
  const sums = new Map<string, number>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)$/.exec(line) ?? []
    const number = Number(value)
    if (name !== undefined && number >= 0 && Number.isFinite(number))
      sums.set(name, (sums.get(name) ?? 0) + number)
  }
  return (name) => sums.get(name) ?? null
}

function silent(origin: string, fault: string): MissingHere {
  return new MissingHere(
    'MP_POP_SILENT',
    `${origin} gives no answer that can be read: ${fault}`,
    "Forward the PoP's admin port first, and give it as --so-far http://127.0.0.1:7071.",
  )
}

function noPop(origin: string, why: string): InvalidInput {
  return new InvalidInput(
    'MP_POP_USAGE',
    `${origin} is no PoP: ${why}`,
    'Give the admin port of a PoP of this event: --so-far http://127.0.0.1:7071, or VENUE=http://HOST:PORT for each.',
  )
}
