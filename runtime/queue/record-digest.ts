// What a record is, in 64 bits, and what a run of records is: both ends of the uplink compare these.
import { hash } from 'node:crypto'
import type { Lane } from '../protocol/lanes.ts'
import type { UplinkRecord } from '../protocol/uplink.ts'

/** Also what a missing record counts as in a sum; no record has it. */
export const NO_RECORD = 0n

/**
 * First 8 bytes, big-endian and signed, of SHA-256 over the JSON of identity, channel and time, and the body's JSON.
 * What a PoP adds of its own (offset, partition, time of arrival) is left out: the same message has the same digest by
 * whatever path it comes. `bodyText` is `JSON.stringify(record.body)`, where it is at hand.
 */
export function recordDigest(
  lane: Lane,
  { client, seq, ch, at, body }: UplinkRecord,
  bodyText = JSON.stringify(body),
): bigint {
  const text = `${JSON.stringify([lane, client, seq, ch, at])}${bodyText}`
  const digest = hash('sha256', text, 'buffer').readBigInt64BE()
  return digest === NO_RECORD ? 1n : digest
}

/** Sum modulo 2^64, 16 hexadecimal digits: it does not depend on the order, so each side adds as it reads. */
export function sumText(sum: bigint): string {
  return BigInt.asUintN(64, sum).toString(16).padStart(16, '0')
}

/** 8 bytes each, base64. */
export function encodeDigests(digests: readonly bigint[]): string {
  const bytes = Buffer.alloc(digests.length * 8)
  for (const [i, digest] of digests.entries()) bytes.writeBigInt64BE(digest, i * 8)
  return bytes.toString('base64')
}

/** RangeError where the text is no whole number of digests. */
export function decodeDigests(text: string): bigint[] {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length % 8 !== 0) throw new RangeError('not a whole number of digests')
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readBigInt64BE(i * 8))
}
