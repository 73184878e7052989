// How radio links vary beyond their rate and round trip: round trips by measured quantiles, and stalls.
//
// A two-state process (Gilbert, "Capacity of a burst-noise channel", 1960): while it is stalled a link loses everything,
// otherwise nothing, so the share of time stalled is the loss that was measured. TCP loses nothing: the stream stands
// still until a retransmission finds the link clear again.
import type { AccessTechnology, Signal, UplinkTechnology } from '../../infra/event/event.ts'
import { exponential, type Random } from '../engine/random.ts'

export interface LinkVariation {
  /** Round trips at these quantiles, as multiples of the median. */
  rttP95: number
  rttP99: number
  /** Share of time in which the link loses everything. */
  stalledShare: number
}

/**
 * Computed on 2026-11-23 from the 5G traces of University College Cork (Raca et al., "Beyond Throughput, The Next
 * Generation: a 5G Dataset with Channel and Context Metrics", MMSys 2020). At rest: round trips of 67, 95 and 224 ms at
 * p50, p95 and p99, mean loss 0.61 %, 472 samples. On the road: 112, 380 and 533 ms, 4.33 %, 60 samples.
 */
const AT_REST: LinkVariation = { rttP95: 95 / 67, rttP99: 224 / 67, stalledShare: 0.0061 }
const ON_THE_ROAD: LinkVariation = { rttP95: 380 / 112, rttP99: 533 / 112, stalledShare: 0.0433 }

/** The longest stall of Mahimahi's Verizon LTE trace towards the network; 1,447 ms in the other direction. */
export const STALL_MAX_MS = 1_718
/** Stated assumption: with exponential stalls of this mean, one in 300 is as long as the longest of that trace. */
export const STALL_MEAN_MS = 300
/** Linux retransmits at the earliest this long after a round trip (TCP_RTO_MIN), then after twice as long each time. */
const RETRANSMIT_MIN_MS = 200

/** Stated assumption: a phone with a weak signal has what one on the road has, weak Wi-Fi what 5G at rest has. */
export function accessVariation(technology: AccessTechnology, signal: Signal): LinkVariation | null {
  if (technology === '4g') return signal === 'weak' ? ON_THE_ROAD : AT_REST
  return signal === 'weak' ? AT_REST : null
}

/** An uplink's modem stands still. */
export function uplinkVariation(technology: UplinkTechnology): LinkVariation | null {
  return technology === 'fibre' ? null : AT_REST
}

/** A round trip of a link of median `rttMs`, at probability `p`: linear between the quantiles, flat outside them. */
export function rttAt({ rttP95, rttP99 }: LinkVariation, rttMs: number, p: number): number {
  if (p <= 0.5) return rttMs
  if (p <= 0.95) return rttMs * (1 + ((p - 0.5) / 0.45) * (rttP95 - 1))
  return rttMs * (rttP95 + Math.min(1, (p - 0.95) / 0.04) * (rttP99 - rttP95))
}

/** How long a stream of median round trip `rttMs` stands still when its link is gone for `stallMs`. */
export function heldMs(stallMs: number, rttMs: number): number {
  let timeoutMs = RETRANSMIT_MIN_MS + rttMs
  let atMs = timeoutMs
  while (atMs < stallMs) {
    timeoutMs *= 2
    atMs += timeoutMs
  }
  return atMs
}

function drawStallMs(random: Random): number {
  return Math.min(STALL_MAX_MS, exponential(random, STALL_MEAN_MS))
}

/** How long a stream that meets a stall stands still. */
export function stallExtraMs(rttMs: number, random: Random): number {
  return heldMs(drawStallMs(random), rttMs)
}

/** Probability that a transfer of `durationMs` meets a stall: one at its start, or one that begins during it. */
export function meetsStall({ stalledShare }: LinkVariation, durationMs: number): number {
  return Math.min(1, stalledShare * (1 + durationMs / STALL_MEAN_MS))
}

/**
 * What a link adds to a transfer of `roundTrips`. For messages that are further apart than a stall is long: each then
 * sees the process as it is at any time, and what is left of an exponential stall is exponential again.
 */
export function transferExtraMs(
  variation: LinkVariation,
  rttMs: number,
  roundTrips: number,
  durationMs: number,
  random: Random,
): number {
  const slowerMs = (rttAt(variation, rttMs, random()) - rttMs) * roundTrips
  const stalled = random() < meetsStall(variation, durationMs)
  return slowerMs + (stalled ? stallExtraMs(rttMs, random) : 0)
}

/** The stalls of one link, drawn as far ahead as somebody asks. */
export class StallProcess {
  readonly variation: LinkVariation
  readonly #random: Random
  readonly #rttMs: number
  readonly #held: { fromMs: number; untilMs: number }[] = []
  #drawnMs = 0

  constructor(variation: LinkVariation, rttMs: number, random: Random) {
    this.variation = variation
    this.#random = random
    this.#rttMs = rttMs
  }

  /** When what wants to be on its way at `atMs`, not before `nowMs`, is: then, or when the stream has recovered. */
  clearAtMs(atMs: number, nowMs: number): number {
    while (this.#drawnMs <= atMs) this.#draw()
    while ((this.#held[0]?.untilMs ?? Number.POSITIVE_INFINITY) <= nowMs) this.#held.shift()
    const held = this.#held.find(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs)
    return held?.untilMs ?? atMs
  }

  /** What one of its round trips takes beyond the median. */
  extraRttMs(): number {
    return rttAt(this.variation, this.#rttMs, this.#random()) - this.#rttMs
  }

  #draw(): void {
    const { stalledShare } = this.variation
    const stallMs = drawStallMs(this.#random)
    // The link is clear again before the stream is: the mean gap is from stall to stall of the link.
    const gapMs = exponential(this.#random, (STALL_MEAN_MS * (1 - stalledShare)) / stalledShare)
    const heldForMs = heldMs(stallMs, this.#rttMs)
    const fromMs = this.#drawnMs + gapMs
    this.#drawnMs = fromMs + heldForMs
    this.#held.push({ fromMs, untilMs: this.#drawnMs })
  }
}
