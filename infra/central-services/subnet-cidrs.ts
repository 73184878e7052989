// Splits a network's address range into equal subnets.

/**
 * The first `count` subnets of `cidr`, each with a prefix of `prefix` bits: disjoint, adjacent, in ascending order.
 * A subnet's range depends on its position only, so that more subnets later never move the ones that exist.
 *
 * @throws {RangeError} where they do not fit.
 */
export function subnetCidrs(cidr: string, count: number, prefix: number): string[] {
  const [address = '', bits = ''] = cidr.split('/')
  const vpcPrefix = Number(bits)
  if (prefix < vpcPrefix || prefix > 32 || count > 2 ** (prefix - vpcPrefix)) {
    throw new RangeError(`${count} subnets of /${prefix} do not fit in ${cidr}`)
  }
  const base = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return Array.from({ length: count }, (_, i) => `${dotted(base + i * 2 ** (32 - prefix))}/${prefix}`)
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}
