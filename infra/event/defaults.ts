// What an event file may leave out. These are stated assumptions, not measurements: an event that knows better
// writes its own figures. Written as in the file, so that the editor's schema shows them.
import { DNS_TTL_S } from '../names.ts'
import type { Engagement } from './event.ts'

/**
 * What one attendee does at each level. Assumed, not measured. `peak` is a room that answers polls and talks about
 * them: three votes and a message a minute, a page every two minutes. `idle` is a phone in a pocket.
 */
export const DEFAULT_ENGAGEMENT: Record<Engagement, { chat: string; vote: string; page: string }> = {
  idle: { chat: '0.3/h', vote: '0/h', page: '0.6/h' },
  low: { chat: '3/h', vote: '0/h', page: '6/h' },
  medium: { chat: '0.1/min', vote: '0.1/min', page: '0.2/min' },
  high: { chat: '0.3/min', vote: '0.5/min', page: '0.3/min' },
  peak: { chat: '1/min', vote: '3/min', page: '0.5/min' },
}

export const DEFAULT_DNS = { ttl: `${DNS_TTL_S}s` }

export const DEFAULT_WINDOW = { setup: '4h', teardown: '2h' }

/** An interaction feels immediate under about a second; a room forgives a minute after an outage. */
export const DEFAULT_SERVICE_LEVELS = {
  ackP99: '500ms',
  deliveryP99: '800ms',
  pageP50: '1500ms',
  recovery: '60s',
}

/**
 * How far a day may be from its plan: assumptions, not measurements. Tickets are counted, who stays away is not. What an
 * attendee does is itself assumed. Nobody knows when a line fails, and repairs that take long take much longer: their
 * times are lognormal (Schroeder and Gibson, "A large-scale study of failures in high-performance computing systems", DSN
 * 2006). An outage is named because someone asks what it does: it happens. How often a spot machine is taken back is
 * published for its type (simulator/uncertainty/spot-share.ts). What the set-up has used up of a machine's credits is not
 * known.
 */
export const DEFAULT_UNCERTAINTY = {
  target: '95 %',
  attendance: { within: '10 %', distribution: 'normal' },
  engagement: { within: '30 %', distribution: 'lognormal' },
  outage: {
    probability: '100 %',
    start: { within: '10m', distribution: 'uniform' },
    duration: { within: '50 %', distribution: 'lognormal' },
  },
  // Eight in ten of the prices in simulator/uncertainty/spot-savings.csv moved by less within 16 months.
  spot: { price: { within: '55 %', distribution: 'lognormal' } },
  credits: { least: '50 %', most: '100 %' },
  // An assumption of ours: a show ends as planned, unless its event says otherwise.
  overrun: { within: '0s', distribution: 'triangular' },
} as const

/** An agenda page with speakers' portraits. */
export const DEFAULT_PAGE = { images: 4, imageWidth: 640 }

/** The smallest central services that survive the loss of one ingest task. */
export const DEFAULT_CENTRAL = {
  database: { engine: 'postgres', class: 'db.t4g.medium', storage: '20 GiB', policy: 'on-demand' },
  ingest: { vcpu: 0.5, memory: '1 GiB', tasks: 2 },
  cdn: true,
  broker: { instanceType: 't4g.small' },
  encryption: 'event-key',
  logDays: 30,
  network: { cidr: '10.64.0.0/16' },
  zone: 'events.example.org',
} as const

/** A PoP in the region shares the network of the central services. */
export const DEFAULT_REGION_UPLINK = { rate: '1 Gbit/s', rtt: '1ms' }

/** `reconnect`: 2.3 ms for a session's join and 0.5 ms for a TLS handshake, as simulator/drain.ts adds them up, rounded up. */
export const DEFAULT_POP = {
  disk: { region: 'gp3', elsewhere: 'gp2' } as const,
  volume: '30 GB',
  queue: '10 GB',
  encryptQueue: false,
  https: false,
  reconnect: '3ms',
}

/** What k3s comes with: its ingress controller's namespace, the range its pods take. The folder is one of convention. */
export const DEFAULT_K3S = {
  folder: '/var/lib/micropop',
  ingress: { tlsSecret: 'pop-tls', namespace: 'kube-system', podNetwork: '10.42.0.0/16' },
}

/** Live length of an outage step that does not say: long enough for a backlog, short enough for a preflight. */
export const DEFAULT_REHEARSE = '25s'

/** Relative to the repository; read when an event names no access trace. */
export const DEFAULT_ACCESS_TRACE = 'scenarios/traces/lumos-wifi-4g.csv'
