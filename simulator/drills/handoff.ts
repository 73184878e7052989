// Runbook: sessions and queue of a venue go to its second machine, which has followed the log of the first.
import type { Crowd } from './crowd.ts'
import { DrillFailed } from './drill-failed.ts'
import type { DrillSite } from './drill-site.ts'
import type { PopMachine } from './pop-machine.ts'
import type { Drill, Runbook, Venues } from './runbook.ts'

const SERVED_WITHIN_MS = 20_000
const ADDRESS = 'venue'

interface HandoffStage {
  site: DrillSite
  crowd: Crowd
  first: PopMachine
  second: PopMachine
}

/** The first machine serves everyone at the venue's address, the second one has an empty disk. */
async function open(site: DrillSite, [venue]: Venues, signal: AbortSignal): Promise<HandoffStage> {
  const first = await site.machine(venue, `${venue.venue}-first`)
  const second = await site.machine(venue, `${venue.venue}-second`)
  const address = await site.links.address(ADDRESS, first.address)
  await first.serve(signal)
  return { site, first, second, crowd: site.crowd(venue, () => async () => address) }
}

/** Moves what serves from one machine to the other, whose disk is empty or a copy. Attendees wait meanwhile. */
async function handOver(from: PopMachine, to: PopMachine, signal: AbortSignal): Promise<string> {
  const sessions = await from.drain(signal)
  const newest = await sameRecords(from, to)
  await promote(to, signal)
  return `${sessions} sessions sent away; ${newest}`
}

async function sameRecords(from: PopMachine, to: PopMachine): Promise<string> {
  if (!to.follows) throw new DrillFailed(`${to.name} does not follow any more`)
  const [wanted, got] = await Promise.all([from.newest(), to.newest()])
  if (wanted === got) return `both logs end with ${wanted}`
  throw new DrillFailed(`the log of ${from.name} ends with ${wanted}, that of ${to.name} with ${got}`)
}

async function promote(to: PopMachine, signal: AbortSignal): Promise<void> {
  await to.process.end(signal)
  await to.serve(signal, true)
}

async function everyoneServed({ crowd }: HandoffStage, by: PopMachine, signal: AbortSignal): Promise<string> {
  await crowd.served({ by: [by], limitMs: SERVED_WITHIN_MS, signal })
  const { sessions, backlog, connected } = await by.queue()
  if (sessions < crowd.attendees.length || !connected) {
    throw new DrillFailed(
      `${by.name} has ${sessions} of ${crowd.attendees.length} sessions, uplink ${connected}`,
    )
  }
  return `${sessions} sessions at ${by.name}, each answered; backlog ${backlog}`
}

const runbook: Runbook<HandoffStage> = {
  name: 'handoff',
  title: 'Hand a venue over to its second machine',
  when:
    'The first machine has to go (a failing fan, a disk that fills, a cable that must be moved) and still works. ' +
    'Attendees keep their identity; between two steps they wait for a few seconds, and nothing they were promised is lost.',
  needs: [
    'A second machine at the venue with the same event and venue in its pop.json (`standby.json`), and an empty data folder.',
    'On the first machine `"replica": {"host": "0.0.0.0"}` in pop.json; `MICROPOP_REPLICA_TOKEN` and `MICROPOP_UPLINK_TOKEN` on both.',
    'The address that attendees use can be moved: a name in the router, a virtual address, or DNS (see dns-swap).',
  ],
  steps: [
    {
      id: 'look',
      title: 'The first machine is well',
      look: 'On the first machine: is it the one that serves, and does central hear it?',
      type: ['curl -s http://127.0.0.1:7071/v1/queue'],
      expect:
        '`connected` is true, `writable` is true, `syncStopped` is null, `sessions` is about who is in the hall.',
      stop: '`writable` false or `syncStopped` not null: the disk or the log has a fault. That is another case: [a box that dies with its disk](engineers.md#a-box-that-dies-with-its-disk).',
      back: 'Nothing was done.',
      limitMs: 30_000,
      perform: (stage, signal) => everyoneServed(stage, stage.first, signal),
    },
    {
      id: 'follow',
      title: 'The second machine follows the log of the first',
      look: 'On the second machine: is its data folder empty, or a copy from before?',
      type: ['npx micropop follow --leader ws://FIRST:7072/replica --config standby.json'],
      expect:
        'It prints `"connected":true`. On the first machine `replica.behind` in `/v1/queue` falls to 0 and stays near it.',
      stop: '`MP_LOG_OF_OWN`: that folder holds a log of its own. `behind` grows: the link between the two machines is too slow; do it in a break.',
      back: 'Stop `follow` with Ctrl-C. Attendees notice nothing.',
      limitMs: 30_000,
      perform: async ({ first, second }, signal) => {
        await second.follow(first, signal)
        return `${second.name} has all that ${first.name} has`
      },
      rollback: async ({ second }, signal) => {
        if (!second.process.running) return `${second.name} does not run`
        if (second.follows) await second.process.end(signal)
        return second.serves ? `${second.name} serves` : `${second.name} follows no more`
      },
    },
    {
      id: 'drain',
      title: 'The first machine sends its sessions away and ends',
      look: 'Is there a minute in which nobody votes? From here until step “move” attendees wait.',
      type: [
        'sudo systemctl stop micropop-pop   # a machine that the program set up; it would start a drained PoP again',
        'kubectl -n micropop-EVENT scale statefulset/pop --replicas=0   # a k3s box',
        'curl -s -X POST http://127.0.0.1:7071/v1/drain   # one that was started by hand',
      ],
      expect:
        'Sessions are told to come back, and the process ends by itself with exit code 0 once all have gone.',
      stop: 'It has not ended after `drain.deadlineS` (60 s by default) and 5 s more.',
      back: 'Start the first machine again as it was (`systemctl start`, `--replicas=1`, `npx micropop pop`). Sessions come back to it by themselves.',
      limitMs: 90_000,
      perform: async ({ first }, signal) =>
        `${await first.drain(signal)} sessions were sent away; ${first.name} has ended`,
      rollback: async (stage, signal) => {
        await stage.first.serveAgain(signal)
        return await everyoneServed(stage, stage.first, signal)
      },
    },
    {
      id: 'compare',
      title: 'The second machine has every record',
      look: 'Compare the two logs. Both are on disk; `follow` still runs. An encrypted queue needs `--key-file`.',
      type: ['npx micropop queue inspect DATA_DIR', 'ssh SECOND npx micropop queue inspect DATA_DIR'],
      expect: 'The same newest record in each lane.',
      stop: 'The second machine has fewer: do not promote it, it would lack what attendees were promised.',
      back: 'As in the step before: start the first machine again.',
      limitMs: 30_000,
      perform: ({ first, second }) => sameRecords(first, second),
    },
    {
      id: 'promote',
      title: 'The second machine takes over the log',
      look: 'The first machine is down and stays down from here on: central will refuse it.',
      type: ['# end `follow` with Ctrl-C, then', 'npx micropop pop --promote --config standby.json'],
      expect: 'It prints `"ready":true`; `connected` in its `/v1/queue` is true.',
      stop: 'It does not get ready. It keeps what it has: start it again, this time without `--promote`.',
      back:
        'Once `--promote` was typed the old log is closed for good. The way back is this runbook in the other direction: on the ' +
        'first machine move the data folder aside, `follow` the second machine, drain that one, promote the first.',
      limitMs: 60_000,
      perform: async ({ second }, signal) => {
        await promote(second, signal)
        return `${second.name} is ready, and central hears it`
      },
      rollback: async ({ first, second }, signal) => {
        if (!(await second.wasPromoted())) {
          await second.process.end(signal)
          return `${second.name} had not taken over`
        }
        // What it was promised is on its disk: it has to be up for the first machine to get that.
        await second.serveAgain(signal)
        await first.setAside()
        await first.follow(second, signal)
        return `${first.name} took over from ${second.name}: ${await handOver(second, first, signal)}`
      },
    },
    {
      id: 'move',
      title: 'The address that attendees use leads to the second machine',
      look: 'Which address do attendees use: the name in the router, a virtual address, or DNS?',
      type: [
        'sudo ip addr add VENUE_ADDRESS/24 dev eth0   # on the second machine, in the hall; or point the router’s name to it',
        'aws ec2 associate-address --allocation-id ALLOCATION --network-interface-id INTERFACE   # a venue in the region',
      ],
      expect: 'A phone in the hall opens the page.',
      stop: 'The page does not open on a phone within 30 s.',
      back: 'Move the address back to the first machine.',
      limitMs: 15_000,
      perform: async ({ site, second }) => {
        await site.links.move(ADDRESS, second.address)
        return `the venue's address leads to ${second.name}`
      },
      rollback: async ({ site, first }) => {
        await site.links.move(ADDRESS, first.address)
        return `the venue's address leads to ${first.name}`
      },
    },
    {
      id: 'return',
      title: 'Everyone is back, and central gets it all',
      look: 'On the second machine: how many sessions are there?',
      type: ['curl -s http://127.0.0.1:7071/v1/queue'],
      expect: '`sessions` is what it was in the first step, `connected` is true, `backlog` falls to near 0.',
      stop: 'Less than nine in ten are back after a minute, or `backlog` only grows.',
      back: 'As in step “promote”: hand over in the other direction. Leave the first machine’s old data folder where it is until the show is over.',
      limitMs: 60_000,
      perform: (stage, signal) => everyoneServed(stage, stage.second, signal),
    },
  ],
}

export const handoff: Drill<HandoffStage> = { runbook, venues: 'one', open }
