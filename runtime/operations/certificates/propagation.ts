// Waits until a TXT record is served by every name server of its zone: an authority asks any of them, and a wrong answer
// counts against the limit of failed validations.
import { Resolver } from 'node:dns/promises'
import { MissingHere } from '../../errors.ts'

const ASK_EVERY_MS = 2_000
/** Of one question to one server. */
const QUERY = { timeout: 2_000, tries: 2 }
/** Aliases followed from the record's name (`_acme-challenge` may be delegated by one). */
const ALIASES_MAX = 4
/** Name servers asked of one zone, and addresses of each. */
const SERVERS_MAX = 16

export interface Propagation {
  /** HOST:PORT of the servers to ask; null: those that the zone names. */
  servers: string[] | null
  limitMs: number
  nowMs: () => number
  wait: (ms: number) => Promise<unknown>
  signal: AbortSignal
}

/** Errors: MP_DNS_ZONE, MP_DNS_NOT_SEEN (3). */
export async function untilServed(name: string, value: string, options: Propagation): Promise<void> {
  const { limitMs, nowMs, wait, signal } = options
  const endsMs = nowMs() + limitMs
  const { servers, name: served } =
    options.servers === null ? await authoritative(name) : { servers: options.servers, name }
  for (;;) {
    signal.throwIfAborted()
    const answers = await Promise.all(servers.map((server) => askedTxt(server, served)))
    const without = servers.filter((_, i) => !answers[i]?.includes(value))
    if (without.length === 0) return
    if (nowMs() + ASK_EVERY_MS > endsMs) {
      throw new MissingHere(
        'MP_DNS_NOT_SEEN',
        `after ${Math.round(limitMs / 1_000)} s the TXT record ${served} is not served by ${without.join(', ')}`,
        'See what the hook changed: the zone, the name. Give a slow zone more time with --dns-timeout.',
      )
    }
    await wait(ASK_EVERY_MS)
  }
}

/** Values of the record; none where the server has none or does not answer, which is the same here: not yet. */
async function askedTxt(server: string, name: string): Promise<string[]> {
  const resolver = new Resolver(QUERY)
  resolver.setServers([server])
  const records = await resolver.resolveTxt(name).catch(() => [])
  return records.map((parts) => parts.join(''))
}

/** The addresses of all name servers of the zone that the record is in, and its name there. */
async function authoritative(name: string): Promise<{ servers: string[]; name: string }> {
  const resolver = new Resolver(QUERY)
  let served = name
  for (let i = 0; i < ALIASES_MAX; i++) {
    const [alias] = await resolver.resolveCname(served).catch(() => [])
    if (alias === undefined) break
    served = alias
  }
  const labels = served.split('.')
  for (let at = 0; at < labels.length - 1; at++) {
    const zone = labels.slice(at).join('.')
    const names = await resolver.resolveNs(zone).catch(() => [])
    const found = await Promise.all(
      names.slice(0, SERVERS_MAX).map((server) => resolver.resolve4(server).catch(() => [])),
    )
    const servers = [...new Set(found.flat())].slice(0, SERVERS_MAX)
    if (servers.length > 0) return { servers, name: served }
  }
  throw new MissingHere(
    'MP_DNS_ZONE',
    `no name server is found for the zone of ${served}`,
    'Create the zone first and have it delegated, or name the servers to ask with --dns-server HOST:PORT.',
  )
}
