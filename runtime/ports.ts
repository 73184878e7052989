// The ports and paths the runtime listens on. Infrastructure imports these, so a rule can never drift from a listener.

export const PORTS = {
  /** Attendee sessions (WebSocket), pages and images of a PoP. */
  pop: 7070,
  /** The same over HTTPS, where a PoP has a certificate. */
  popSecure: 443,
  /** `/healthz`, `/metrics` and queue state of a PoP. Never public. */
  popAdmin: 7071,
  /** Where a second PoP follows a PoP's log (WebSocket). Never public. */
  replica: 7072,
  /** Uplinks of PoPs (WebSocket) at central. */
  central: 7080,
  /** `/healthz`, `/metrics` and the message export of central. Never public. */
  centralAdmin: 7081,
} as const

/** What a nats-server listens on that joins PoPs. Never public. */
export const NATS_PORTS = {
  /** For its own clients: central at the hub, a PoP at the leaf node beside it. */
  client: 4222,
  /** Leaf nodes of PoPs, at the hub. */
  leaf: 7422,
  /** `/healthz` and counters. */
  monitor: 8222,
} as const

export const PATHS = {
  session: '/session',
  uplink: '/uplink',
  replica: '/replica',
  images: '/img',
  health: '/healthz',
  metrics: '/metrics',
  /** A PoP at a glance, at its admin port. */
  status: '/v1/status',
  /** Which micropop a PoP is, for who probes it from outside. */
  version: '/version',
  /** Where a PoP image keeps its compiled configuration and its queue. */
  popConfig: '/etc/micropop/pop.json',
  popData: '/var/lib/micropop',
} as const
