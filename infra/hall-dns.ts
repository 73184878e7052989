// What the hall's own DNS server is told, so that the PoP's name resolves there with or without an uplink.

export interface HallDns {
  /** The PoP's name, which its certificate is for. */
  name: string
  /** Addresses of the PoP in the hall's network, IPv4 and IPv6. */
  addresses: readonly string[]
  /** Resolvers for every other name, by address. */
  upstreams: readonly string[]
  /** Address of this server in the hall's network; null: it listens on every interface. */
  listen: string | null
  /** File with the upstreams while there is an uplink; null: they stay in the configuration. */
  serversFile: string | null
}

/** Seconds a phone may keep the address: as in the public zone. */
const TTL_S = 60

/**
 * Names by which devices look for an encrypted resolver or a relay on the internet, which would not know the hall's
 * answer: that they do not exist here tells a device to ask the hall (Mozilla, "Canary domain - use-application-dns.net";
 * Apple, "Prepare your network or web server for iCloud Private Relay"; RFC 9462, section 6.4). Read 2026-11.
 */
const STAY_HERE = ['use-application-dns.net', 'mask.icloud.com', 'mask-h2.icloud.com', 'resolver.arpa']

/** A configuration for dnsmasq 2.80 or newer. */
export function dnsmasqConfig({ name, addresses, upstreams, listen, serversFile }: HallDns): string {
  const lines = [
    `# DNS of the hall of ${name}`,
    '# Every question for the name is answered here, also those for what it has not (AAAA, HTTPS): none waits for an uplink.',
    `local=/${name}/`,
    `host-record=${[name, ...addresses].join(',')}`,
    `local-ttl=${TTL_S}`,
    '# Devices that look for an encrypted resolver or a relay elsewhere are told to stay with this one.',
    ...STAY_HERE.map((domain) => `local=/${domain}/`),
    '# Every other name is asked of these.',
    'no-resolv',
    'no-hosts',
    ...(serversFile === null ? serverLines(upstreams) : [`servers-file=${serversFile}`]),
    ...(listen === null ? [] : [`listen-address=${listen}`, 'bind-interfaces']),
  ]
  return `${lines.join('\n')}\n`
}

/** Text of the servers file. Without an uplink it names none: dnsmasq then refuses at once, and nobody waits. */
export function serversFile(upstreams: readonly string[], uplink: boolean): string {
  const lines = uplink
    ? serverLines(upstreams)
    : ['# the uplink is gone: every other name is refused at once']
  return `${lines.join('\n')}\n`
}

/** As dnsmasq writes a port: after a #. */
function serverLines(upstreams: readonly string[]): string[] {
  return upstreams.map((address) => `server=${address.replace(/^(\d[\d.]*):(\d+)$/, '$1#$2')}`)
}
