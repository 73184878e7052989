// `micropop dns EVENT VENUE`: what a hall's DNS server is told, and a watch that tells it when the uplink is gone.
import { readFile } from 'node:fs/promises'
import { isIP, isIPv4, isIPv6 } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, InvalidArgumentError } from 'commander'
import { InvalidInput, MissingHere } from '../runtime/errors.ts'
import { abortSignal } from './abort.ts'
import { writeNewFile } from './new-file.ts'

/** Quad9 and Cloudflare, so that one that is down is not taken for the uplink. */
const UPSTREAMS = ['9.9.9.9', '1.1.1.1']

interface Options {
  address: string[]
  upstream?: string[]
  listen?: string
  serversFile?: string
  watch: boolean
  pidFile?: string
}

export function dnsCommand(): Command {
  return new Command('dns')
    .description(
      "print the configuration of a hall's DNS server, dnsmasq, that knows its PoP without an uplink",
    )
    .argument('<event>', 'event file')
    .argument('<venue>', 'venue of the hall')
    .requiredOption(
      '--address <ip...>',
      'of the PoP in the hall’s network: one IPv4, one IPv6 or both',
      addresses,
    )
    .option(
      '--upstream <ip...>',
      `resolvers for every other name; default: ${UPSTREAMS.join(' ')}`,
      upstreams,
    )
    .option('--listen <ip>', 'address of the DNS server; default: every interface', ip)
    .option('--servers-file <file>', 'file that the upstreams are in, so that --watch can change them')
    .option(
      '--watch',
      'print nothing: tell the running dnsmasq when the uplink is gone, until stopped',
      false,
    )
    .option('--pid-file <file>', 'of the dnsmasq that --watch tells')
    .action(dns)
}

async function dns(eventFile: string, venue: string, options: Options): Promise<void> {
  const { address, upstream = UPSTREAMS, listen = null, serversFile = null } = options
  const [{ loadEvent }, { centralName, popName }, hall] = await Promise.all([
    import('../infra/event/load.ts'),
    import('../infra/names.ts'),
    import('../infra/hall-dns.ts'),
  ])
  const event = loadEvent(eventFile)
  const venues = event.venues.map(({ name }) => name)
  if (!venues.includes(venue)) {
    throw new InvalidInput(
      'MP_VENUE_UNKNOWN',
      `event ${event.name} has no venue ${venue}`,
      `Name one of its venues: ${venues.join(', ')}.`,
      { file: eventFile },
    )
  }
  const named = { event: event.name, zone: event.central.zone }
  if (!options.watch) {
    const name = popName({ ...named, venue })
    process.stdout.write(
      hall.dnsmasqConfig({ name, addresses: address, upstreams: upstream, listen, serversFile }),
    )
    return
  }
  const { pidFile } = options
  if (serversFile === null || pidFile === undefined) {
    throw new InvalidInput(
      'MP_DNS_WATCH',
      '--watch changes a file of the DNS server and tells it to read it',
      'Name both: --servers-file, as in its configuration, and --pid-file.',
    )
  }
  const { anyAnswers, watchUplink } = await import('../runtime/operations/uplink-watch.ts')
  const signal = abortSignal()
  await watchUplink({
    answers: () => anyAnswers(upstream, centralName(named)),
    tell: async (uplink) => {
      await writeNewFile(serversFile, hall.serversFile(upstream, uplink), true, 0o644)
      process.kill(await readPid(pidFile), 'SIGHUP')
    },
    note: (text) => process.stderr.write(`${text}\n`),
    wait: (ms) => wait(ms, undefined, { signal }).catch(() => null),
    signal,
  })
}

async function readPid(file: string): Promise<number> {
  const pid = Number(await readFile(file, 'utf8').catch(() => ''))
  if (Number.isSafeInteger(pid) && pid > 1) return pid
  throw new MissingHere('MP_DNS_WATCH', `${file} names no process`, 'Start dnsmasq with this --pid-file.')
}

function ip(text: string): string {
  if (isIP(text) !== 0) return text
  throw new InvalidArgumentError('It must be an IP address.')
}

function addresses(text: string, before: string[] = []): string[] {
  const all = [...before, ip(text)]
  if (all.filter(isIPv4).length <= 1 && all.filter(isIPv6).length <= 1) return all
  throw new InvalidArgumentError('It takes one of each kind.')
}

function upstreams(text: string, before: string[] = []): string[] {
  const [host = '', port, ...more] = isIPv4(text.split(':')[0] ?? '') ? text.split(':') : [text]
  const isPort = port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)
  if (isIP(host) === 0 || !isPort || more.length > 0) {
    throw new InvalidArgumentError('It must be an IP address, with :PORT where it is not 53.')
  }
  return [...before, text]
}
