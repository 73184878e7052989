import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BOX_DISKS, type DiskKind, EC2_DISKS } from '../../infra/event/event.ts'
import { quantile } from '../calibration/quantile-table.ts'
import { EventQueue } from '../engine/event-queue.ts'
import { stream } from '../engine/random.ts'
import { testCalibration } from '../testing/calibration.ts'
import { Disk, type DiskTimes, diskTimesOf } from './disk.ts'

const kinds: DiskKind[] = [...BOX_DISKS, ...EC2_DISKS]

function timesOf(kind: DiskKind): DiskTimes {
  return diskTimesOf({ kind, fsyncMs: null }, testCalibration, 'hall') as DiskTimes
}

/** When each write is durable: `gaps` ms apart, in bytes. */
function durableAt(
  times: DiskTimes,
  writes: readonly { gap: number; bytes: number }[],
  seed: number,
): number[] {
  const clock = new EventQueue()
  const disk = new Disk(clock, times, stream(seed, 'disk'))
  const done: number[] = []
  let at = 0
  for (const { gap, bytes } of writes) {
    at += gap
    clock.at(at, () => done.push(disk.write(bytes)))
  }
  clock.run(Number.POSITIVE_INFINITY, writes.length)
  clock.verify()
  return done
}

const writes = fc.array(fc.record({ gap: fc.double({ min: 0, max: 50, noNaN: true }), bytes: fc.nat(1e6) }), {
  minLength: 1,
  maxLength: 60,
})
const times = fc
  .record({
    ms: fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 9 }),
    bytesPerS: fc.option(fc.integer({ min: 1_000_000, max: 1_000_000_000 })),
  })
  .map(({ ms, bytesPerS }) => ({ writeMs: ms.toSorted((a, b) => a - b), bytesPerS, unverified: '' }))

describe('a disk', () => {
  test('makes one write after another durable, each no earlier than its own time after it was asked for', () => {
    fc.assert(
      fc.property(times, writes, fc.nat(), (of, asked, seed) => {
        const done = durableAt(of, asked, seed)
        const random = stream(seed, 'disk')
        let at = 0
        let free = 0
        for (const [i, { gap, bytes }] of asked.entries()) {
          at += gap
          free =
            Math.max(at, free) +
            quantile(of.writeMs, random()) +
            (of.bytesPerS ? (bytes / of.bytesPerS) * 1000 : 0)
          expect(done[i]).toBeCloseTo(free, 6)
        }
      }),
    )
  })

  test('that is slower at every quantile has no write durable earlier, for the same writes and the same chance', () => {
    fc.assert(
      fc.property(
        times,
        writes,
        fc.nat(),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (of, asked, seed, by) => {
          const slower = { ...of, writeMs: of.writeMs.map((ms) => ms * by) }
          const [fast, slow] = [durableAt(of, asked, seed), durableAt(slower, asked, seed)]
          for (const [i, done] of slow.entries())
            expect(done).toBeGreaterThanOrEqual((fast[i] as number) - 1e-9)
        },
      ),
    )
  })

  test.each(kinds)('%s has the quantiles that were published, and none that falls', (kind) => {
    const { writeMs } = timesOf(kind)
    expect(writeMs).toEqual(writeMs.toSorted((a, b) => a - b))
    expect(writeMs.every((ms) => ms > 0)).toBe(true)
  })

  test('the kinds of box are ordered as their medians are published', () => {
    const medians = BOX_DISKS.map((kind) => quantile(timesOf(kind).writeMs, 0.5))
    expect(medians[BOX_DISKS.indexOf('nvme-plp')]).toBe(Math.min(...medians))
    expect(medians[BOX_DISKS.indexOf('hdd')]).toBe(Math.max(...medians))
  })

  test('that somebody measured has its p50 and p99, whatever its kind has', () => {
    const stated = { kind: 'nvme-plp', fsyncMs: { p50: 40, p99: 400 } } as const
    const { writeMs, unverified } = diskTimesOf(stated, testCalibration, 'hall') as DiskTimes
    expect(quantile(writeMs, 0.5)).toBeCloseTo(40)
    expect(quantile(writeMs, 0.99)).toBeCloseTo(400)
    expect(unverified).toContain('40 ms, and 400 ms at p99, as the event says')
  })

  test('of which nothing is stated is none', () => {
    expect(diskTimesOf(null, testCalibration, 'hall')).toBeNull()
  })
})
