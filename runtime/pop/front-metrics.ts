// Metrics of one session thread; the admin port shows the sums of all threads.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { SessionServer } from '../broker/session-server.ts'
import type { SessionStreams } from '../broker/session-streams.ts'
import type { HardenedServer } from './harden-server.ts'

export function registerSessionMetrics(
  sessions: SessionServer,
  streams: SessionStreams,
  hardened: HardenedServer,
  registry: Registry,
): void {
  const registers = [registry]
  const counters: [string, string, () => number][] = [
    ['micropop_delivered_total', 'Messages handed to subscribers', () => streams.counters.delivered],
    [
      'micropop_delivered_bytes_total',
      'Bytes of messages handed to subscribers, without frames around them',
      () => streams.counters.deliveredBytes,
    ],
    ['micropop_sessions_opened_total', 'Sessions opened', () => sessions.counters.opened],
    ['micropop_sessions_refused_total', 'Sessions refused at the door', () => sessions.refused],
    ['micropop_too_slow_total', 'Sessions dropped as too slow', () => sessions.counters.tooSlow],
    ['micropop_malformed_total', 'Malformed frames', () => sessions.counters.malformed],
    [
      'micropop_evicted_total',
      'Silent connections closed because there were too many',
      () => hardened.evicted,
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
  new Counter({
    name: 'micropop_spared_total',
    help: 'Messages that a slow session was spared, by the step of the channel rule',
    labelNames: ['step'],
    registers,
    collect() {
      this.reset()
      for (const [step, count] of Object.entries(streams.counters.spared)) this.inc({ step }, count)
    },
  })
  new Gauge({
    name: 'micropop_sessions',
    help: 'Sessions connected',
    registers,
    collect() {
      this.set(sessions.sessions)
    },
  })
}

/** Only where the PoP speaks TLS. `expiresAtMs` is ms since the Unix epoch. */
export function registerCertificateMetric(expiresAtMs: () => number, registry: Registry): void {
  new Gauge({
    name: 'micropop_certificate_expires_timestamp_seconds',
    help: 'When the certificate that new connections are shown ends, Unix time',
    registers: [registry],
    // Of several threads, the one that is behind.
    aggregator: 'min',
    collect() {
      this.set(expiresAtMs() / 1_000)
    },
  })
}
