// A synthetic result of many possible days, for tests of the renderers: every number made up.
import type { MonteCarloResult } from '../../simulator/monte-carlo/monte-carlo-result.ts'

export const manyDays: MonteCarloResult = {
  event: 'summit',
  outage: 'uplink-cut',
  window: { startS: 0, endS: 28_800 },
  firstSeed: 1,
  days: 100,
  confidence: 0.95,
  stopped: 'asked',
  target: 0.95,
  uncertainty: {
    target: 0.95,
    attendance: { within: 0.1, distribution: 'normal' },
    engagement: { within: 0.3, distribution: 'lognormal' },
    outage: {
      probability: 0.4,
      start: { within: 600, distribution: 'uniform' },
      duration: { within: 0.5, distribution: 'lognormal' },
    },
    spot: { interruptedPerMonth: null, price: { within: 0.55, distribution: 'lognormal' } },
    credits: { least: 0.5, most: 1 },
    overrun: { within: 0, distribution: 'triangular' },
  },
  spotShares: [
    {
      ...{ region: 'eu-west-1', instanceType: 't3.large', from: 'band' },
      ...{ least: 0.05, most: 0.1, openEnded: false, expected: 0.075 },
      source: { id: 'advisor', date: '2026-06-01' },
    },
  ],
  ps: [0.1, 0.5, 0.9, 0.99],
  figures: [
    {
      id: 'ack-p99',
      label: 'Acknowledged, p99',
      unit: 'ms',
      days: 100,
      quantiles: [
        { p: 0.1, value: 80, low: 78, high: 84 },
        { p: 0.5, value: 120, low: 110, high: 131 },
        { p: 0.9, value: 480, low: 430, high: 560 },
        { p: 0.99, value: 900, low: 700, high: null },
      ],
    },
    {
      id: 'recovery',
      label: 'Recovery',
      unit: 's',
      days: 6,
      quantiles: [
        { p: 0.1, value: 4, low: null, high: null },
        { p: 0.5, value: 6, low: 4, high: null },
        { p: 0.9, value: null, low: null, high: null },
        { p: 0.99, value: null, low: null, high: null },
      ],
    },
  ],
  levels: [
    {
      level: 'Acknowledged, p99',
      limit: 500,
      unit: 'ms',
      days: 100,
      met: 91,
      low: 0.838,
      high: 0.952,
      outcome: 'inconclusive',
    },
    { level: 'Recovery', limit: 60, unit: 's', days: 0, met: 0, low: 0, high: 1, outcome: 'unknown' },
    {
      level: 'Acknowledged and lost',
      limit: 0,
      unit: 'messages',
      days: 100,
      met: 100,
      low: 0.963,
      high: 1,
      outcome: 'met',
    },
  ],
  tornados: [
    {
      id: 'ack-p99',
      label: 'Acknowledged, p99',
      unit: 'ms',
      base: 120,
      swings: [
        {
          factor: 'engagement',
          low: { at: 1 / 1.3, value: 90 },
          high: { at: 1.3, value: 460 },
          rankCorrelation: 0.87,
        },
        {
          factor: 'outage-happens',
          low: { at: 0, value: 118 },
          high: { at: 1, value: 120 },
          rankCorrelation: -0.04,
        },
        {
          factor: 'spot/remote',
          low: { at: null, value: 120 },
          high: { at: 14_400, value: 122 },
          rankCorrelation: null,
        },
        {
          factor: 'credits',
          low: { at: 0.55, value: 120 },
          high: { at: 0.95, value: 120 },
          rankCorrelation: 0.01,
        },
      ],
    },
    {
      id: 'page-p50',
      label: 'Page loaded, p50',
      unit: 'ms',
      base: 100,
      swings: [
        {
          factor: 'engagement',
          low: { at: 1 / 1.3, value: 100 },
          high: { at: 1.3, value: 101 },
          rankCorrelation: 0.87,
        },
      ],
    },
    {
      id: 'uplink-bytes',
      label: 'Uplink bytes',
      unit: 'bytes',
      base: 1e6,
      swings: [
        {
          factor: 'engagement',
          low: { at: 1 / 1.3, value: 8e5 },
          high: { at: 1.3, value: 13e5 },
          rankCorrelation: 0.87,
        },
      ],
    },
  ],
  usage: [{ urn: 'urn:hall', meter: 'uplink-sent', unit: 'GB', quantities: [1, 2, 3, 4] }],
  outsideRange: [{ what: 'sessions at once: 2200, the calibration had 160', days: 98 }],
}
