// Quantities are read exactly, whatever their decimals, and refused with what to write instead.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatDuration,
  PATTERNS,
  type Read,
  readBitRate,
  readDuration,
  readMilliseconds,
  readMoney,
  readRate,
  readShare,
  readSize,
} from './units.ts'

function value<T>(read: Read<T>): T {
  if (!read.ok) throw new Error(read.why)
  return read.value
}

function why(read: Read<unknown>): string {
  if (read.ok) throw new Error(`it was read as ${read.value}`)
  return read.why
}

test.each([
  [readDuration('90s'), 90],
  [readDuration('5m'), 300],
  [readDuration('4h'), 14_400],
  [readDuration('1h30m'), 5_400],
  [readDuration('1 h 30 m'), 5_400],
  [readDuration('2d'), 172_800],
  [readDuration('0.5s'), 0.5],
  [readMilliseconds('30ms'), 30],
  [readMilliseconds('1.5s'), 1_500],
  [readSize('40 GB'), 40_000_000_000],
  [readSize('40GB'), 40_000_000_000],
  [readSize('0.5 GiB'), 536_870_912],
  [readSize('30 kB'), 30_000],
  [readBitRate('100 Mbit/s'), 100_000_000],
  [readBitRate('2.5 Gbit/s'), 2_500_000_000],
  [readMoney('900 USD'), 900_000_000_000_000n],
  [readMoney('0.000000000001 USD'), 1n],
  [readMoney('999999999999999.999999999999 USD'), 999999999999999999999999999n],
  [readShare('35 %'), 0.35],
  [readShare('33.33 %'), 0.3333],
  [readRate('3/min'), 3],
  [readRate('30/h'), 0.5],
  [readRate('0.05/s'), 3],
] as [Read<unknown>, unknown][])('%#: %o is %o', (read, expected) => {
  expect(value(read)).toBe(expected)
})

test.each([
  [readDuration(''), 'the text is empty; write a duration such as 5m'],
  [readDuration('soon'), '"soon" is not a duration; write a duration such as 5m'],
  [readDuration('90'), '"90" has no unit; write a duration in ms, s, m, h or d, such as 5m'],
  [readDuration('-5m'), '"-5m" is negative; write a duration such as 5m'],
  [readDuration('90 seconds'), '"90 seconds" has the unknown unit "seconds"; write 90s'],
  [readDuration('30m1h'), '"30m1h" mixes its units; write the greater first and each once, such as 1h30m'],
  [readDuration('5m5m'), '"5m5m" mixes its units; write the greater first and each once, such as 1h30m'],
  [readDuration('40 GB'), '"40 GB" is a size, not a duration; write a duration such as 5m'],
  [
    readDuration('1 fortnight'),
    '"1 fortnight" has the unknown unit "fortnight"; write a duration in ms, s, m, h or d, such as 5m',
  ],
  [
    readDuration('1 constructor'),
    '"1 constructor" has the unknown unit "constructor"; write a duration in ms, s, m, h or d, such as 5m',
  ],
  [readSize('40 gb'), '"40 gb" has the unknown unit "gb"; write 40 GB'],
  [readSize('40 GBs'), '"40 GBs" has the unknown unit "GBs", did you mean 40 GB?'],
  [readSize('40 G'), '"40 G" has the unknown unit "G"; write 40 GB'],
  [readSize('0.1 B'), '"0.1 B" is not a whole number of bytes; write fewer decimals'],
  [readSize('999999999 TB'), '"999999999 TB" is more than can be counted exactly'],
  [readBitRate('100 Mbps'), '"100 Mbps" has the unknown unit "Mbps"; write 100 Mbit/s'],
  [readBitRate('100 MB'), '"100 MB" is a size, not a bit rate; write a bit rate such as 100 Mbit/s'],
  [readMoney('900'), '"900" has no unit; write 900 USD'],
  [readMoney('$900'), '"$900" has no currency code; write 900 USD'],
  [readMoney('1,200 USD'), '"1,200 USD" groups its digits; write 1200 USD'],
  [readMoney('1,5 USD'), '"1,5 USD" has a decimal comma; write 1.5 USD'],
  [readMoney('€900'), '"€900" is not in USD; prices are, so convert it and write an amount such as 900 USD'],
  [
    readMoney('0.0000000000001 USD'),
    '"0.0000000000001 USD" has too many digits; at most 15 before the point and 12 after it are read',
  ],
  [readShare('0.35'), '"0.35" has no unit; write a share in %, such as 35 %'],
  [readRate('3/minute'), '"3/minute" has the unknown unit "/minute"; write 3/min'],
] as [Read<unknown>, string][])('%#: %o', (read, message) => {
  expect(why(read)).toBe(message)
})

describe('for any number', () => {
  const whole = fc.nat({ max: 999_999_999 })
  const pico = fc.bigInt({ min: 0n, max: 10n ** 26n })

  test('money is exact to the pico-dollar', () => {
    fc.assert(
      fc.property(pico, (amount) => {
        const digits = amount.toString().padStart(13, '0')
        const text = `${digits.slice(0, -12)}.${digits.slice(-12)} USD`
        expect(value(readMoney(text))).toBe(amount)
      }),
    )
  })

  test('a duration that is formatted is read back to the same millisecond', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (ms) => {
        expect(value(readMilliseconds(formatDuration(ms / 1_000)))).toBe(ms)
      }),
    )
  })

  test('seconds, minutes, hours and days agree', () => {
    fc.assert(
      fc.property(whole, (n) => {
        expect(value(readDuration(`${n}m`))).toBe(value(readDuration(`${n * 60}s`)))
        expect(value(readDuration(`${n}h`))).toBe(value(readDuration(`${n * 60}m`)))
        expect(value(readDuration(`${n}d`))).toBe(value(readDuration(`${n * 24}h`)))
      }),
    )
  })

  test('GB counts by thousands and GiB by 1,024', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), (n) => {
        expect(value(readSize(`${n} GB`))).toBe(n * 10 ** 9)
        expect(value(readSize(`${n} GiB`))).toBe(n * 2 ** 30)
      }),
    )
  })

  test('a minus sign is told as negative in every dimension', () => {
    const readers = [readDuration, readMilliseconds, readSize, readBitRate, readMoney, readShare, readRate]
    const units = ['5m', '5ms', '5 GB', '5 Mbit/s', '5 USD', '5 %', '5/min']
    for (const [index, read] of readers.entries())
      expect(why(read(`-${units[index]}`))).toContain('is negative')
  })
})

test('any text is either read or refused with a sentence, and the editor’s pattern never refuses what is read', () => {
  const readers = {
    duration: readDuration,
    size: readSize,
    bitRate: readBitRate,
    money: readMoney,
    share: readShare,
    rate: readRate,
  }
  const likely = fc.stringMatching(/^[-$]? ?\d{0,17}[.,]?\d{0,14} ?[a-zA-Z%/]{0,8} ?\d?[a-z]?$/)
  fc.assert(
    fc.property(
      fc.oneof(likely, fc.string()),
      fc.constantFrom(...(Object.keys(readers) as (keyof typeof readers)[])),
      (text, kind) => {
        const read: Read<unknown> = readers[kind](text)
        if (read.ok) expect(text.trim()).toMatch(new RegExp(PATTERNS[kind]))
        else expect(read.why).toMatch(/\w/)
      },
    ),
    { numRuns: 2_000 },
  )
})
