// Whose address a request has: the client's own, also behind proxies that are trusted, and how it is counted.
import { BlockList, isIP } from 'node:net'

/** Addresses of one X-Forwarded-For that are looked at, from the right. */
const FORWARDED_MAX = 16
/** IPv4 in IPv6, as a socket that listens on both shows it (RFC 4291, section 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

export class ClientAddresses {
  readonly #trusted = new BlockList()

  /** @param trustedProxies CIDR blocks */
  constructor(trustedProxies: readonly string[]) {
    for (const cidr of trustedProxies) {
      const [address = '', bits] = cidr.split('/')
      this.#trusted.addSubnet(address, Number(bits), familyOf(address))
    }
  }

  /**
   * The address that a request is counted for. Each proxy appends whom it had it from, so the rightmost address that
   * is no trusted proxy is the client; what stands left of it, the client may have made up.
   *
   * @param forwardedFor the X-Forwarded-For header; several are joined by commas
   */
  of(remoteAddress: string, forwardedFor: string | undefined): string {
    let client = plain(remoteAddress)
    const forwarded = (forwardedFor ?? '').split(',').slice(-FORWARDED_MAX)
    while (this.#isTrusted(client)) {
      const before = plain(forwarded.pop()?.trim() ?? '')
      if (isIP(before) === 0) break
      client = before
    }
    return counted(client)
  }

  #isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, familyOf(address))
  }
}

/** Whether only this machine can reach what listens at `host`, or send from it. */
export function isLoopback(host: string): boolean {
  const address = plain(host)
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

/** IPv6 by its /64: a home or a phone has that many addresses to choose from (RFC 6177, RFC 7278). */
function counted(address: string): string {
  if (isIP(address) !== 6) return address
  // A URL writes an IPv6 address out in one form (RFC 5952), whatever the one it was given in.
  const [withoutZone = ''] = address.split('%')
  const [head = '', tail] = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1).split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
}

function plain(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}
