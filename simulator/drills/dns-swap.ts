// Runbook: the name that attendees use moves from one PoP's address to another's; the old one goes once the TTL is over.
import { DNS_TTL_S, popName } from '../../infra/names.ts'
import { freePort } from '../../runtime/free-ports.ts'
import type { VenueTopology } from '../topology.ts'
import type { Crowd } from './crowd.ts'
import { DrillFailed } from './drill-failed.ts'
import type { DrillSite } from './drill-site.ts'
import type { PopMachine } from './pop-machine.ts'
import { DrillResolver, findDnsmasq } from './resolver.ts'
import { route53Command } from './route53-command.ts'
import type { Drill, Runbook, Venues } from './runbook.ts'

const SERVED_WITHIN_MS = 20_000
const EMPTIED_WITHIN_MS = 30_000
/** Two machines on one port: a name says an address and no port. Linux has all of 127.0.0.0/8 on the loopback. */
const HOSTS = { old: '127.0.0.1', new: '127.0.0.2' }
/** What a resolver may be late with beyond the TTL. */
const SLACK_MS = 200
/** The longest TTL that a drill waits for, twice where it goes back. */
const TTL_MAX_MS = 300_000

interface SwapStage {
  site: DrillSite
  crowd: Crowd
  resolver: DrillResolver
  old: PopMachine
  new: PopMachine
}

async function open(site: DrillSite, [venue]: Venues, signal: AbortSignal): Promise<SwapStage> {
  const port = await freePort()
  const resolver = await DrillResolver.start(site, nameOf(venue), HOSTS.old, signal)
  const old = await site.machine(venue, `${venue.venue}-old`, { host: HOSTS.old, port })
  // A PoP of its own with a log of its own: central tells them apart by name.
  const spare = { ...venue, venue: `${venue.venue.slice(0, 34)}-spare` }
  const other = await site.machine(spare, `${venue.venue}-new`, { host: HOSTS.new, port })
  await old.serve(signal)
  const crowd = site.crowd(venue, () => {
    const address = resolver.client()
    return async () => `${await address()}:${port}`
  })
  return { site, crowd, resolver, old, new: other }
}

async function everyoneAt({ crowd }: SwapStage, pop: PopMachine, signal: AbortSignal): Promise<string> {
  const there = (address: string) => address.includes(`//${pop.address}/`)
  await crowd.served({ by: [pop], there, limitMs: SERVED_WITHIN_MS, signal })
  const { sessions, backlog } = await pop.queue()
  return `${sessions} sessions at ${pop.name}, each answered; backlog ${backlog}`
}

/** Until no client that keeps an answer as long as it says still has the one from before. */
async function ttlOver({ site, resolver }: SwapStage, signal: AbortSignal): Promise<string> {
  const { ttlS } = await resolver.ask()
  await site.clock.sleep(ttlS * 1_000 + SLACK_MS, signal)
  return `waited ${ttlS} s, as long as the old answer may be kept`
}

/** Lets central have what a PoP without sessions still has on its disk, and ends it. */
async function emptyAndEnd(pop: PopMachine, signal: AbortSignal): Promise<string> {
  await pop.serveAgain(signal)
  await pop.emptied(EMPTIED_WITHIN_MS, signal)
  await pop.process.end(signal)
  return `central has all of ${pop.name}, which has ended`
}

const runbook: Runbook<SwapStage> = {
  name: 'dns-swap',
  title: 'Move a venue’s name to another PoP',
  when:
    'The machine behind the name has to be left, and there is no second machine that followed its log: a spare PoP takes over, ' +
    'with a log of its own. Until the swap is over attendees are at two PoPs, which see each other’s messages only where NATS joins them.',
  needs: [
    'A spare PoP with the event’s pop.json under a name of its own, that reaches central, with a public address.',
    'Rights to change the zone (`route53:ChangeResourceRecordSets`), or the router’s DNS in the hall.',
    `Time: the TTL of the record (\`dns.ttl\` of the event, ${DNS_TTL_S} s without it), and a minute.`,
  ],
  steps: [
    {
      id: 'look',
      title: 'The name leads to the old PoP, which is well',
      look: 'What does the name say, and for how long may the answer be kept? The second column is the TTL.',
      type: ['dig +noall +answer VENUE.EVENT.ZONE', 'curl -s http://127.0.0.1:7071/v1/queue'],
      expect:
        'The old address, with a TTL of a minute or less. `connected` and `writable` are true. Write down the address: it is the way back.',
      stop: 'The TTL is hours: somebody set it by hand. Set it to a minute now, and do the swap when the old TTL is over.',
      back: 'Nothing was done.',
      limitMs: 30_000,
      perform: async (stage, signal) => {
        const { address, ttlS } = await stage.resolver.ask()
        if (address !== stage.old.config.listen.host) throw new DrillFailed(`the name leads to ${address}`)
        return `TTL ${ttlS} s; ${await everyoneAt(stage, stage.old, signal)}`
      },
    },
    {
      id: 'spare',
      title: 'The new PoP runs, and central hears it',
      look: 'Is its address open on the port of sessions, and does its certificate have the venue’s name?',
      type: ['npx micropop pop --config spare.json', 'curl -s http://127.0.0.1:7071/v1/queue'],
      expect: 'It prints `"ready":true`; `connected` is true and `sessions` 0.',
      stop: 'It is not connected, or a phone cannot open its page by its address.',
      back: 'Stop it. Nobody has seen it yet.',
      limitMs: 60_000,
      perform: async (stage, signal) => {
        await stage.new.serve(signal)
        return `${stage.new.name} is connected to central`
      },
      rollback: async (stage, signal) => {
        const sent = stage.new.serves ? await stage.new.drain(signal).catch(() => 0) : 0
        const empty = await emptyAndEnd(stage.new, signal)
        return `${sent} sessions sent away; ${empty}; ${await everyoneAt(stage, stage.old, signal)}`
      },
    },
    {
      id: 'change',
      title: 'The record says the new address',
      look: 'The old address is written down? Then change the record. Pulumi does not know of it: after the show `pulumi refresh` shows the difference, and `pulumi up` behind it puts the old address back.',
      type: [
        route53Command({ name: 'VENUE.EVENT.ZONE', zone: 'ZONE', ttlS: DNS_TTL_S, address: 'NEW_ADDRESS' }),
        'dig +noall +answer VENUE.EVENT.ZONE @$(dig +short NS ZONE | head -1)',
      ],
      expect:
        'The zone’s own server says the new address, usually within a minute. Write down the time: the TTL counts from here.',
      stop: 'It still says the old address after two minutes.',
      back: 'The same command with OLD_ADDRESS. Then wait for the TTL once more before you stop the new PoP: some clients have its address.',
      limitMs: TTL_MAX_MS + 60_000,
      perform: async (stage, signal) => {
        await stage.resolver.change(stage.new.config.listen.host, signal)
        const { address, ttlS } = await stage.resolver.ask()
        return `the name leads to ${address}, TTL ${ttlS} s`
      },
      rollback: async (stage, signal) => {
        await stage.resolver.change(stage.old.config.listen.host, signal)
        return `the name leads to ${stage.old.config.listen.host} again; ${await ttlOver(stage, signal)}`
      },
    },
    {
      id: 'wait',
      title: 'The TTL passes; whoever comes new goes to the new PoP',
      look: 'The clock, and `sessions` at both PoPs: at the new one it grows as people come.',
      type: ['curl -s http://127.0.0.1:7071/v1/queue   # at both'],
      expect: 'TTL seconds after the change no well-behaved resolver has the old address.',
      stop: 'Nobody comes to the new PoP though people arrive: take the record back.',
      back: 'Nothing to undo by itself: see the step before.',
      limitMs: TTL_MAX_MS + 30_000,
      perform: async (stage, signal) => {
        const waited = await ttlOver(stage, signal)
        const { sessions } = await stage.old.queue()
        return `${waited}; ${sessions} sessions are still at ${stage.old.name}`
      },
    },
    {
      id: 'drain',
      title: 'The old PoP sends its sessions away; they find the new one by the name',
      look: 'Has the TTL passed since the change? Not before: they would come straight back here.',
      type: [
        'curl -s -X POST http://127.0.0.1:7071/v1/drain',
        'sudo systemctl stop micropop-pop   # where the program set it up',
      ],
      expect: '`sessions` at the new PoP grows to what the old one had.',
      stop: 'Fewer than nine in ten are at the new PoP after a minute.',
      back: 'Start the old PoP again, and take the record back.',
      limitMs: 120_000,
      perform: async (stage, signal) => {
        const sessions = await stage.old.drain(signal)
        return `${sessions} sessions sent away; ${await everyoneAt(stage, stage.new, signal)}`
      },
      rollback: async (stage, signal) => {
        await stage.old.serveAgain(signal)
        return `${stage.old.name} serves`
      },
    },
    {
      id: 'empty',
      title: 'Central gets what is left on the old PoP’s disk',
      look: 'What attendees were promised there and central does not have yet lies on that disk: do not throw it away.',
      type: [
        'sudo systemctl start micropop-pop',
        'curl -s http://127.0.0.1:7071/v1/queue',
        'sudo systemctl stop micropop-pop   # once backlog is 0',
      ],
      expect: '`backlog` is 0, `sessions` is 0.',
      stop: '`sessions` is not 0: somebody still has the old address. Drain again.',
      back: 'As in the step before.',
      limitMs: 120_000,
      perform: (stage, signal) => emptyAndEnd(stage.old, signal),
    },
  ],
}

function nameOf({ event, zone, venue }: VenueTopology): string {
  return popName({ event, zone, venue })
}

export const dnsSwap: Drill<SwapStage> = {
  runbook,
  venues: 'one',
  programs: () => findDnsmasq(),
  open,
  commands: ([venue], ttlS) => {
    const change = { name: nameOf(venue), zone: venue.zone, ttlS }
    return [
      route53Command({ ...change, address: 'NEW_ADDRESS' }),
      `${route53Command({ ...change, address: 'OLD_ADDRESS' })}   # the way back`,
    ]
  },
}
