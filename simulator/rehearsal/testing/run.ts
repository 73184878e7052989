// A measured run made up for tests: one venue, two attendees on two links, and lines that say what is asked.
import type { ExportedWatermark } from '../../../runtime/central/export.ts'
import { bodyOf } from '../../workload/frames.ts'
import type { DrawnPlan, DrawnSession } from '../../workload/run-plan.ts'
import type { ExportedWithBody } from '../conservation.ts'
import type { QueueSample, RawLine } from '../raw-lines.ts'
import { FACTS_VERSION, type RunFacts } from '../run-facts.ts'
import type { MeasuredRun } from '../run-files.ts'

export const EPOCH_MS = 1_796_290_000_000

export const LINKS = {
  fast: { rateBps: 8_000_000, rttMs: 20 },
  slow: { rateBps: 800_000, rttMs: 100 },
} as const

function session(client: string, link: keyof typeof LINKS): DrawnSession {
  return { client, venue: 'hall', link, startMs: 0, endMs: 30_000, actions: [], dropsAtMs: [] }
}

export const PLAN: DrawnPlan = {
  event: 'made-up',
  stage: 'rehearsal',
  seed: 7,
  window: { startS: 3_600, endS: 3_630 },
  durationMs: 30_000,
  venues: [
    {
      name: 'hall',
      attendees: 20,
      sessions: 2,
      uplink: { rateBps: 1_000_000, rttMs: 40 },
      backupUplink: null,
    },
  ],
  links: Object.entries(LINKS).map(([id, link]) => ({
    id,
    venue: 'hall',
    technology: 'wifi_5GHz',
    signal: 'strong',
    ...link,
  })),
  sessions: [session('ada', 'fast'), session('bo', 'slow')],
  outages: [],
  page: { images: 4, imageWidth: 640 },
  goesUp: { chat: true, vote: true },
}

export const FACTS: RunFacts = {
  version: FACTS_VERSION,
  outage: null,
  date: '2026-11-23',
  commit: 'abc',
  machine: { cpu: 'a cpu', cores: 2, memoryBytes: 1, system: 'linux', node: 'v24' },
  reproduce: 'npx micropop rehearse made-up.yaml',
  tookS: 35,
  drainedMs: 10,
  timeline: [],
  generator: { iterations: 2, droppedIterations: 0, clockStepMs: 0.2 },
  pageBytes: { html: 1_000, images: 99_000 },
  applySeconds: [
    { le: 0.001, count: 0 },
    { le: 0.002, count: 100 },
  ],
  venues: [{ name: 'hall', urn: 'urn:hall', cpuS: 3.6, cpuOverS: 60 }],
  ackLimitMs: 500,
  showStartMs: EPOCH_MS,
}

export interface MadeUp {
  plan?: Partial<DrawnPlan>
  facts?: Partial<RunFacts>
  attendees?: RawLine[]
  queue?: QueueSample[]
  central?: ExportedWithBody[]
  /** Default: each message at central was applied once. */
  watermarks?: ExportedWatermark[]
}

export function madeUpRun({
  plan,
  facts,
  attendees = [],
  queue = [],
  central = [],
  watermarks = [watermark(central.length)],
}: MadeUp): MeasuredRun {
  return {
    plan: { ...PLAN, ...plan },
    facts: { ...FACTS, ...facts },
    attendees: () => each<RawLine>([{ k: 'start', epochMs: EPOCH_MS }, ...attendees]),
    queue: () => each(queue),
    central: () => each(central),
    watermarks: async () => watermarks,
  }
}

export async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

export function publishLine(
  c: string,
  seq: number,
  given: Partial<Extract<RawLine, { k: 'pub' }>> = {},
): RawLine {
  return {
    k: 'pub',
    c,
    lane: 'interactive',
    seq,
    kind: 'chat',
    at: 1_000,
    late: 0,
    ack: 30,
    sends: 1,
    ...given,
  }
}

/** As `publishLine` sends it. */
export function exported(
  client: string,
  seq: number,
  given: Partial<ExportedWithBody> = {},
): ExportedWithBody {
  const at = EPOCH_MS + 1_000
  const content = { ch: 'room.main', body: bodyOf('chat') }
  const path = { pop: 'hall', log: 'log-1' }
  return { client, lane: 'interactive', seq, at, applied_at: at + 80, ...content, ...path, ...given }
}

export function watermark(applied: number, duplicates = 0, log = 'log-1'): ExportedWatermark {
  const counts = { through: applied + duplicates, applied, duplicates, shed: 0, repaired: 0, expired: 0 }
  return { pop: 'hall', log, lane: 'interactive', ...counts }
}

export function queueSample(tMs: number, given: Partial<QueueSample> = {}): QueueSample {
  return {
    venue: 'hall',
    tMs,
    backlog: 0,
    backlogBytes: 0,
    connected: true,
    sessions: 2,
    committed: 0,
    uplinkSentBytes: 0,
    uplinkReceivedBytes: 0,
    ...given,
  }
}
