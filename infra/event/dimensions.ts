// The units that an event file may use, and what people write instead of them.

export interface Dimension {
  /** With its article, as in `is not a duration`. */
  name: string
  example: string
  /** Multiples of the base unit. Bigints, so that decimals stay exact. */
  units: ReadonlyMap<string, bigint>
  /** What people write instead of a unit, and the unit they mean. */
  meant: ReadonlyMap<string, string>
}

export const PICO = 1_000_000_000_000n
const K = 1_000n
const KI = 1_024n

export const DURATION: Dimension = {
  name: 'a duration',
  example: '5m',
  units: mapOf({ ms: PICO / 1_000n, s: PICO, m: 60n * PICO, h: 3_600n * PICO, d: 86_400n * PICO }),
  meant: mapOf({
    msec: 'ms',
    milliseconds: 'ms',
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    min: 'm',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hr: 'h',
    hrs: 'h',
    hour: 'h',
    hours: 'h',
    day: 'd',
    days: 'd',
  }),
}

export const SIZE: Dimension = {
  name: 'a size',
  example: '40 GB',
  units: mapOf({
    B: 1n,
    kB: K,
    MB: K ** 2n,
    GB: K ** 3n,
    TB: K ** 4n,
    KiB: KI,
    MiB: KI ** 2n,
    GiB: KI ** 3n,
    TiB: KI ** 4n,
  }),
  meant: mapOf({ KB: 'kB', K: 'kB', M: 'MB', G: 'GB', T: 'TB', Ki: 'KiB', Mi: 'MiB', Gi: 'GiB', Ti: 'TiB' }),
}

export const BIT_RATE: Dimension = {
  name: 'a bit rate',
  example: '100 Mbit/s',
  units: mapOf({ 'bit/s': 1n, 'kbit/s': K, 'Mbit/s': K ** 2n, 'Gbit/s': K ** 3n }),
  meant: mapOf({
    bps: 'bit/s',
    kbps: 'kbit/s',
    Mbps: 'Mbit/s',
    Gbps: 'Gbit/s',
    kbit: 'kbit/s',
    Mbit: 'Mbit/s',
    Gbit: 'Gbit/s',
    'kb/s': 'kbit/s',
    'Mb/s': 'Mbit/s',
    'Gb/s': 'Gbit/s',
  }),
}

export const MONEY: Dimension = {
  name: 'an amount',
  example: '900 USD',
  units: mapOf({ USD: PICO }),
  meant: mapOf({ $: 'USD', dollars: 'USD' }),
}

export const SHARE: Dimension = {
  name: 'a share',
  example: '35 %',
  units: mapOf({ '%': 1n }),
  meant: mapOf({ percent: '%', pct: '%' }),
}

/** Base unit: one in an hour. */
export const RATE: Dimension = {
  name: 'a rate',
  example: '3/min',
  units: mapOf({ '/h': 1n, '/min': 60n, '/s': 3_600n }),
  meant: mapOf({
    '/m': '/min',
    '/minute': '/min',
    '/sec': '/s',
    '/second': '/s',
    '/hour': '/h',
    '/hr': '/h',
  }),
}

export const DIMENSIONS = [DURATION, SIZE, BIT_RATE, MONEY, SHARE, RATE]

/** A map, so that a unit called `constructor` is as unknown as any other. */
function mapOf<T>(entries: Record<string, T>): ReadonlyMap<string, T> {
  return new Map(Object.entries(entries))
}
