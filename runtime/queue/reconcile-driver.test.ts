// The comparison against a log and a central that are there: performed, counted, told, and ended when it is stopped.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { systemClock } from '../pop/clock.ts'
import type { CentralUplinkFrame, PopUplinkFrame } from '../protocol/uplink.ts'
import { Reconcile } from './reconcile.ts'
import { ReconcileDriver } from './reconcile-driver.ts'
import type { ReconcileAnswer } from './reconcile-effects.ts'
import type { LogRecord } from './record.ts'
import { decodeDigests } from './record-digest.ts'

const record = (laneSeq: number): LogRecord => ({
  ...{ lane: 'bulk', laneSeq, ch: 'room', off: laneSeq, client: 'ada', seq: laneSeq, at: 1, t: 2 },
  ...{ ack: 'disk', body: laneSeq, bytes: 100 },
})

/** `answer` stands for central; `read` for the log of ten records. */
function driven(
  answer: (frame: PopUplinkFrame) => CentralUplinkFrame | null,
  read = async (_lane: string, first: number, count: number) =>
    Array.from({ length: count }, (_, i) => (first + i === 3 ? null : record(first + i))),
) {
  const lines: string[] = []
  const sent: PopUplinkFrame[] = []
  let from = 1
  const spans = () => ({ bulk: { from, through: 10 } })
  const nowMs = systemClock.monotonicMs
  const options = { everyMs: 20, random: () => 0.5, spans, versions: () => ({}) }
  const driver = new ReconcileDriver({
    reconcile: new Reconcile(options),
    read,
    spans,
    nowMs,
    logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
    send: (frame) => {
      sent.push(frame)
      const frameBack = answer(frame)
      if (frameBack) queueMicrotask(() => driver.input({ is: 'answer', frame: frameBack as ReconcileAnswer }))
    },
  })
  driver.start()
  driver.link(true, false)
  const letGo = () => {
    from = 11
  }
  return { driver, sent, lines, letGo }
}

/** A central that lacks record 5, until it was sent. */
function centralWithout5() {
  let lacks = true
  return (frame: PopUplinkFrame): CentralUplinkFrame | null => {
    switch (frame.t) {
      case 'reconcile':
        return { t: 'reconciling', n: frame.n, expired: {} }
      case 'digests':
        return { t: 'differing', n: frame.n, blocks: lacks ? frame.blocks : [] }
      case 'records':
        expect(decodeDigests(frame.digests).indexOf(0n)).toBe(2)
        return { t: 'missing', n: frame.n, lacks: [5], extra: [], other: [] }
      case 'repair':
        lacks = false
        return { t: 'repaired', n: frame.n, stored: 1 }
      default:
        return null
    }
  }
}

test('what central lacks is read from the log, sent again, counted and told', async () => {
  const { driver, sent, lines } = driven(centralWithout5())
  await expect.poll(() => driver.last?.differing).toBe(0)
  await driver.stop()
  expect(driver.repaired).toBe(1)
  expect(sent.find(({ t }) => t === 'repair')).toMatchObject({
    records: [[5, { client: 'ada', seq: 5, ch: 'room', body: 5, at: 1, off: 5, t: 2 }]],
  })
  expect(lines.join('')).toContain('central lost records of this log')
})

test('a log that cannot be read is told; one that let records go is not', async () => {
  const torn = () => Promise.reject(new Error('torn'))
  const damaged = driven(centralWithout5(), torn)
  await expect.poll(() => damaged.driver.last?.unreadable).toBe(1)
  await damaged.driver.stop()
  expect(damaged.lines.join('')).toContain('cannot read records of the log')
  const gone = driven(centralWithout5(), () => {
    gone.letGo()
    return torn()
  })
  await expect.poll(() => gone.driver.last?.unreadable).toBe(0)
  await gone.driver.stop()
  expect(gone.lines.join('')).not.toContain('cannot read')
})

test('after stop nothing is sent', async () => {
  const { driver, sent } = driven(centralWithout5())
  await expect.poll(() => sent.length).toBeGreaterThan(0)
  await driver.stop()
  const { length } = sent
  driver.link(false, false)
  driver.link(true, false)
  driver.input({ is: 'answer', frame: { t: 'reconciling', n: 1, expired: {} } })
  expect(sent).toHaveLength(length)
})
