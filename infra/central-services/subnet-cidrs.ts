// Splits a network's address range into equal subnets.
import { dotted, readRange } from './network-range.ts'

/**
 * The first `count` subnets of `cidr`, each with a prefix of `prefix` bits: disjoint, adjacent, in ascending order.
 * A subnet's range depends on its position only, so that more subnets later never move the ones that exist.
 *
 * @throws {RangeError} where they do not fit.
 */
export function subnetCidrs(cidr: string, count: number, prefix: number): string[] {
  const range = readRange(cidr)
  if (range === undefined) throw new RangeError(`${cidr} is no range of addresses`)
  const { base, prefix: vpcPrefix } = range
  if (prefix < vpcPrefix || prefix > 32 || count > 2 ** (prefix - vpcPrefix)) {
    throw new RangeError(`${count} subnets of /${prefix} do not fit in ${cidr}`)
  }
  return Array.from({ length: count }, (_, i) => `${dotted(base + i * 2 ** (32 - prefix))}/${prefix}`)
}
