// A made-up calibration with round figures, for tests that need one and do not care which.
import { CALIBRATION_VERSION, type Calibration } from '../calibration/calibration.ts'

const spread = (low: number, high: number) =>
  Array.from({ length: 101 }, (_, i) => low + (high - low) * (i / 100) ** 4)

export const testCalibration: Calibration = {
  version: CALIBRATION_VERSION,
  machine: { cpu: 'none', cores: 2, memoryBytes: 1e9, system: 'none', node: 'v24' },
  from: [
    {
      event: 'made-up',
      outage: null,
      seed: 0,
      sessions: 100,
      durationS: 30,
      date: '2026-11-23',
      commit: null,
    },
  ],
  ackServiceMs: spread(1, 10),
  deliveryServiceMs: spread(1.5, 14),
  pageServiceMs: spread(3, 40),
  applyMs: spread(1, 20),
  reconnectMs: [],
  cpu: { idleMsPerMinute: 400, joinMs: 2, publishMs: 1, deliveryMs: 0.01, pageMs: 4 },
  uplinkBytesPerRecord: 260,
  pageBytes: { html: 4_000, images: 300_000 },
  range: { sessions: 100, publishesPerS: 20, deliveriesPerS: 500, backlog: 500 },
  samples: { ack: 500, delivery: 500, page: 50, apply: 500 },
}
