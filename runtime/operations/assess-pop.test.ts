import { expect, test } from 'vitest'
import type { PopStatus } from '../pop/pop-status.ts'
import { problemsOfPop } from './assess-pop.ts'

const NOW_MS = Date.UTC(2026, 10, 29)
const DAY_MS = 86_400_000

const WELL: PopStatus = {
  ...{ event: 'summit', pop: 'hall', version: '0.1.0', upS: 3_600 },
  protocols: { session: 'micropop.v1', uplink: 'micropop-uplink.v1' },
  sessions: { open: 1_200, max: 5_000 },
  queue: {
    ...{
      backlog: 0,
      backlogBytes: 0,
      oldestS: null,
      usedBytes: 1e6,
      maxBytes: 20e9,
      shed: 0,
      writable: true,
    },
  },
  disk: { freeBytes: 30e9, totalBytes: 40e9 },
  certificate: { expiresAtMs: NOW_MS + 60 * DAY_MS },
  uplink: {
    ...{ connected: true, fault: null, syncStopped: null },
    paths: [{ name: 'line', live: true, fault: null, rttMs: 40, central: '0.1.0' }],
  },
  compared: { agoS: 30, everyS: 120, differing: 0, repaired: 0 },
  replica: null,
}

test('nothing is wrong with a PoP that is well, also before its first comparison and without TLS', () => {
  expect(problemsOfPop(WELL, NOW_MS)).toEqual([])
  expect(problemsOfPop({ ...WELL, compared: null, certificate: null, upS: 5 }, NOW_MS)).toEqual([])
})

const down = { ...WELL.uplink, connected: false, fault: 'ECONNREFUSED' }
const line = WELL.uplink.paths[0] as PopStatus['uplink']['paths'][number]

test.for<[string, Partial<PopStatus>]>([
  ['its disk failed', { queue: { ...WELL.queue, writable: false } }],
  ['not connected to central: ECONNREFUSED', { uplink: down }],
  ['replace the disk', { uplink: { ...WELL.uplink, syncStopped: 'regressed' } }],
  ['stop this one', { uplink: { ...WELL.uplink, syncStopped: 'fenced' } }],
  [
    'uplink spare is down',
    { uplink: { ...WELL.uplink, paths: [line, { ...line, name: 'spare', live: false }] } },
  ],
  ['for 61 s', { queue: { ...WELL.queue, backlog: 3, oldestS: 61 } }],
  ['queue is 95 % full', { queue: { ...WELL.queue, usedBytes: 19e9 } }],
  ['3 messages that were acknowledged in memory', { queue: { ...WELL.queue, shed: 3 } }],
  ['4900 sessions of the 5000', { sessions: { open: 4_900, max: 5_000 } }],
  ['no second PoP follows', { replica: { behind: null } }],
  ['cannot be looked at: EACCES', { disk: { fault: 'EACCES' } }],
  ['5 % free', { disk: { freeBytes: 2e9, totalBytes: 40e9 } }],
  ['may grow', { disk: { freeBytes: 10e9, totalBytes: 40e9 } }],
  ['ends in 6 days', { certificate: { expiresAtMs: NOW_MS + 6.5 * DAY_MS } }],
  ['certificate: the key is not', { certificate: { fault: 'the key is not that of the certificate' } }],
  ['compared with central 400 s ago', { compared: { agoS: 400, everyS: 120, differing: 0, repaired: 0 } }],
  ['lost messages of 2 blocks', { compared: { agoS: 4, everyS: 120, differing: 2, repaired: 9 } }],
])('one problem, and it is told: %s', ([told, change]) => {
  const problems = problemsOfPop({ ...WELL, ...change }, NOW_MS)
  expect(problems).toEqual([expect.stringContaining(told)])
})

test('a comparison waits for a backlog to drain, and is not told of beside it', () => {
  const late = { agoS: 4_000, everyS: 120, differing: 0, repaired: 0 }
  expect(problemsOfPop({ ...WELL, compared: late, queue: { ...WELL.queue, backlog: 5 } }, NOW_MS)).toEqual([])
  expect(problemsOfPop({ ...WELL, compared: late, upS: 60 }, NOW_MS)).toEqual([])
})
