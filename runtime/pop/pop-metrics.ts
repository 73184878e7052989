// Metrics of a PoP's main thread: the queue, the ways to central, the replica. Those of sessions are in front-metrics.ts.
import { Counter, Gauge, type Registry } from 'prom-client'
import { LANES } from '../protocol/lanes.ts'
import { type ObservedQueue, type PathState, pathStates } from './queue-state.ts'

type Figure = [name: string, help: string, value: () => number]

export function registerPopMetrics(observed: ObservedQueue, registry: Registry): void {
  const { core, driver, uplinks, replica } = observed
  const registers = [registry]
  const gauges: Figure[] = [
    ['micropop_queue_used_bytes', 'Log bytes on disk', () => core.usedBytes],
    ['micropop_uplink_connected', '1 while synced with central', () => Number(core.uplink.connected)],
    [
      'micropop_uplink_stopped',
      '1 after syncing stopped for good',
      () => Number(driver.syncStopped !== null),
    ],
    [
      'micropop_replica_behind_records',
      'Records that the second PoP has not synced; -1: nobody follows',
      () => replica?.behind ?? -1,
    ],
  ]
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  new Gauge({
    name: 'micropop_backlog_records',
    help: 'Records central does not have yet',
    labelNames: ['lane'],
    registers,
    collect() {
      for (const lane of LANES) this.set({ lane }, core.uplink.lanes[lane].count)
    },
  })
  const counters: Figure[] = [
    ['micropop_published_total', 'Publishes received', () => core.counters.published],
    ['micropop_duplicates_total', 'Publishes already known', () => core.counters.duplicates],
    ['micropop_refused_total', 'Publishes refused', () => core.counters.refused],
    ['micropop_committed_total', 'Publishes made durable', () => core.counters.committed],
    ['micropop_commits_total', 'Syncs of the log', () => core.counters.commits],
    ['micropop_shed_total', 'Records let go for want of space', () => core.counters.shed],
    ['micropop_relayed_total', 'Messages that other PoPs relayed', () => core.counters.relayed],
    [
      'micropop_without_replica_total',
      'Acknowledged `disk` though `replica` was asked for',
      () => core.counters.withoutReplica,
    ],
    ['micropop_hedged_batches_total', 'Batches sent on a second path too', () => core.uplink.hedges.batches],
    [
      'micropop_repaired_total',
      'Records that central had lost and got again',
      () => uplinks.comparison.repaired,
    ],
  ]
  for (const [name, help, value] of counters) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(value())
      },
    })
  }
  registerPaths(observed, registry)
}

function registerPaths({ core, uplinks }: ObservedQueue, registry: Registry): void {
  const registers = [registry]
  const labelNames = ['uplink']
  const gauges: [string, string, (path: PathState) => number | null][] = [
    ['micropop_uplink_live', '1 while this path is live', ({ live }) => Number(live)],
    ['micropop_uplink_rtt_ms', 'Smoothed round trip to central', ({ rttMs }) => rttMs],
    ['micropop_uplink_rate_bps', 'Delivered to central, bit/s', ({ rateBps }) => rateBps],
    ['micropop_uplink_loss', 'Share of heartbeats lost, smoothed', ({ loss }) => loss],
  ]
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const path of pathStates(core, uplinks)) {
          const now = value(path)
          if (now !== null) this.set({ uplink: path.name }, now)
        }
      },
    })
  }
  const counters: [string, string, (path: PathState) => number][] = [
    ['micropop_uplink_sent_bytes_total', 'Bytes of frames sent to central', ({ sentBytes }) => sentBytes],
    [
      'micropop_uplink_received_bytes_total',
      'Bytes of frames from central',
      ({ receivedBytes }) => receivedBytes,
    ],
    ['micropop_uplink_connects_total', 'Connections made to central', ({ connects }) => connects],
  ]
  for (const [name, help, value] of counters) {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const path of pathStates(core, uplinks)) this.inc({ uplink: path.name }, value(path))
      },
    })
  }
}
