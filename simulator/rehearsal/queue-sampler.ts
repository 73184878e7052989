// Watches the PoPs' queues through a run: a sample of each at a steady pace, written line by line.

import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { queueSample, queueState } from './admin-requests.ts'
import type { RehearsalClock } from './clock.ts'

/** Four samples in a one-second bin, so that its end is never far from one. */
const EVERY_MS = 250

export interface SampledPop {
  venue: string
  adminPort: number
}

export interface Sampling {
  /** Takes a last sample, ends the file, and says by how much the wall clock moved against the monotonic one. */
  stop: () => Promise<{ clockStepMs: number }>
}

/** `startMs`: the run's start on the monotonic clock. A PoP that does not answer rejects at `stop`. */
export function sampleQueues(options: {
  pops: readonly SampledPop[]
  /** Of a PoP whose process was killed: it is not asked. */
  isGone?: (venue: string) => boolean
  file: string
  startMs: number
  clock: RehearsalClock
}): Sampling {
  const { pops, isGone = () => false, file, startMs, clock } = options
  const out = createWriteStream(file)
  const written = finished(out)
  const stopping = new AbortController()
  const offsetMs = clock.wallMs() - clock.monotonicMs()
  let clockStepMs = 0
  const sample = async () => {
    const ask = async ({ venue, adminPort }: SampledPop) => {
      if (isGone(venue)) return null
      try {
        return await queueState(adminPort)
      } catch (error) {
        // Killed while it was asked.
        if (isGone(venue)) return null
        throw error
      }
    }
    const states = await Promise.all(pops.map(ask))
    const tMs = clock.monotonicMs() - startMs
    for (const [i, state] of states.entries()) {
      if (state === null) continue
      out.write(`${JSON.stringify(queueSample((pops[i] as SampledPop).venue, tMs, state))}\n`)
    }
    clockStepMs = Math.max(clockStepMs, Math.abs(clock.wallMs() - clock.monotonicMs() - offsetMs))
  }
  const sampling = (async () => {
    for (let nextMs = clock.monotonicMs(); !stopping.signal.aborted; nextMs += EVERY_MS) {
      await sample()
      await clock.sleep(nextMs + EVERY_MS - clock.monotonicMs(), stopping.signal).catch((error) => {
        if (!stopping.signal.aborted) throw error
      })
    }
  })()
  // Rejections are told at stop; until then nobody listens.
  sampling.catch(() => undefined)
  written.catch(() => undefined)
  return {
    stop: async () => {
      stopping.abort()
      try {
        await sampling
        await sample()
      } finally {
        out.end()
        await written
      }
      return { clockStepMs }
    },
  }
}
