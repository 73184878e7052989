// Synthetic runs for tests of the renderers: a whole day and a rehearsal, every number made up.
import type { Figure, FigureId, OutageWindow, RunResult, Series } from '../../simulator/run-result.ts'

const DAY_S = 8 * 3600

/** `seed` makes the noise of the series. */
export function run(source: RunResult['source'], kind: 'day' | 'rehearsal', seed: number): RunResult {
  const whole = kind === 'day'
  const lengthS = whole ? DAY_S : 78
  const outage: OutageWindow = {
    venue: 'hall',
    target: 'uplink',
    ...(whole ? { startS: 5400, endS: 5700 } : { startS: 24, endS: 49 }),
  }
  const skew = source === 'measured' ? 1 : 1.06
  const messages = whole ? 1_284_310 : 6_412
  return {
    source,
    event: 'hybrid-conference-2000',
    outage: 'uplink-cut',
    seed: 42,
    window: whole ? { startS: 0, endS: DAY_S } : { startS: 8040, endS: 8118 },
    attendees: 2000,
    sessions: whole ? 2000 : 160,
    outages: [outage],
    series: series(lengthS, outage, whole, skew, seed),
    figures: figures(whole, skew),
    conservation: {
      published: messages + 7,
      acknowledged: messages,
      atCentral: messages,
      lost: 0,
      appliedTwice: 0,
      refused: 7,
    },
    usage: [],
    outsideRange:
      source === 'twin' && whole ? ['the busiest second has 96 publishes, that of the calibration 17'] : [],
    tookS: whole ? 14.2 : 81.3,
    reproduce: `micropop ${source === 'twin' ? 'simulate' : 'rehearse'} scenarios/events/hybrid-conference-2000.yaml --seed 42`,
  }
}

function series(lengthS: number, outage: OutageWindow, whole: boolean, skew: number, seed: number): Series {
  const noise = noiseOf(seed)
  const tS = Array.from({ length: lengthS }, (_, i) => i)
  const scale = whole ? 12.5 : 1
  const drainS = whole ? 55 : 14
  const peak = (outage.endS - outage.startS) * 31 * (whole ? 8 : 1)
  const backlog = tS.map((t) => {
    const cut = t >= outage.startS && t < outage.endS
    if (cut) return Math.round(((t - outage.startS + 1) / (outage.endS - outage.startS)) * peak * skew)
    const draining = t >= outage.endS && t < outage.endS + drainS
    if (draining) return Math.round(peak * skew * (1 - (t - outage.endS) / drainS))
    return Math.round(noise() * 9)
  })
  const ackP99Ms = tS.map((t) => {
    if (noise() < (whole ? 0.001 : 0.03)) return null
    const after = t >= outage.endS && t < outage.endS + drainS ? 4.5 * (1 - (t - outage.endS) / drainS) : 0
    return (14 + noise() * 22) * skew * (1 + after) * (noise() > 0.995 ? 3 : 1)
  })
  const sessions = tS.map((t) =>
    whole
      ? Math.round(2000 * Math.min(1, t / 2900) * (t > 27_000 ? 1 - (t - 27_000) / 2600 : 1))
      : Math.min(160, 40 + t * 6),
  )
  return {
    tS,
    ackP50Ms: ackP99Ms.map((ms) => (ms === null ? null : ms / 4)),
    ackP99Ms,
    deliveryP99Ms: ackP99Ms.map((ms) => (ms === null ? null : ms * 1.4)),
    backlog,
    uplinkBytes: tS.map((t) =>
      t >= outage.startS && t < outage.endS ? 0 : Math.round(9000 * scale * (1 + noise())),
    ),
    sessions,
  }
}

const LABELS: Record<FigureId, [string, Figure['unit'], number, number]> = {
  'ack-p50': ['Acknowledged, p50', 'ms', 6.42, 6412],
  'ack-p95': ['Acknowledged, p95', 'ms', 21.8, 6412],
  'ack-p99': ['Acknowledged, p99', 'ms', 84.3, 6412],
  'delivery-p50': ['Delivered, p50', 'ms', 9.1, 402_118],
  'delivery-p95': ['Delivered, p95', 'ms', 33.7, 402_118],
  'delivery-p99': ['Delivered, p99', 'ms', 118, 402_118],
  'page-p50': ['Page loaded, p50', 'ms', 212, 371],
  'page-p95': ['Page loaded, p95', 'ms', 508, 371],
  'sync-p99': ['At central, p99', 'ms', 26_400, 6412],
  recovery: ['Recovery', 's', 24.3, 1],
  'backlog-peak': ['Backlog, peak', 'messages', 775, 1],
  'uplink-bytes': ['Uplink bytes', 'bytes', 1_842_000, 1],
}

function figures(whole: boolean, skew: number): Figure[] {
  return Object.entries(LABELS).map(([id, [label, unit, stated, samples]], i) => {
    const missing = id === 'page-p95' && skew > 1 && !whole
    const value = missing ? null : stated * (1 + (skew - 1) * ((i % 5) - 1.4)) * (whole ? 1.12 : 1)
    const estimated = value !== null && unit === 'ms'
    return {
      id: id as FigureId,
      label,
      unit,
      value,
      interval: estimated ? { low: value * 0.94, high: value * 1.08 } : null,
      samples: whole && samples > 1 ? samples * 180 : samples,
    }
  })
}

/** Repeatable noise in [0, 1): a 32-bit linear congruential generator. */
function noiseOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
