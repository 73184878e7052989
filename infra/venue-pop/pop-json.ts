// Compiles a PoP's configuration, pop.json, from what its component was told.
import { isDeepStrictEqual } from 'node:util'
import { InvalidInput } from '../../runtime/errors.ts'
import { NATS_USER } from '../../runtime/nats/server-config.ts'
import {
  DEFAULT_DRAIN_DEADLINE_S,
  DEFAULT_LIMITS,
  DEFAULT_SEGMENT_BYTES,
  POP_CONFIG_VERSION,
  type PopConfig,
  popConfigSchema,
} from '../../runtime/pop-config.ts'
import { NATS_PORTS, PATHS, PORTS } from '../../runtime/ports.ts'
import { QUEUE_KEY_FILE, TLS_BUNDLE_FILE, TLS_FILES } from '../container.ts'
import type { EventSpec } from '../event/event.ts'
import { centralUplinkUrl, popName } from '../names.ts'
import { coresOf, planVenuePop, uplinksOf, type VenuePopArgs } from './venue-pop-args.ts'

/** What depends on where the process runs and not on the event: a rehearsal passes loopback and a temporary folder. */
export interface PopPlace {
  listen: PopConfig['listen']
  dataDir: string
  uplinks: PopConfig['uplinks']
  imagesDir: string | null
  /** Key of the queue; null: it is not encrypted. */
  queueKeyFile: string | null
  /** null: plain HTTP. */
  tls: PopConfig['tls']
  /** Where a second machine follows the log; null: there is none. */
  replicaHost: string | null
  /** Leaf node beside it; null: there is none. */
  nats: NonNullable<PopConfig['nats']> | null
  /** A rehearsal is open: it is reached by this machine alone. */
  auth: VenuePopArgs['auth']
}

/** Prefix in the event's bucket, and folder under the PoP's data, of the original images. */
export const ORIGINALS = 'originals'
export const ORIGINALS_DIR = `${PATHS.popData}/${ORIGINALS}`

/**
 * On the machine that the event provisions: sessions from anywhere. The admin port is for the machine itself, but on
 * Kubernetes, where the kubelet probes the pod's address, for the pod's network; its policy admits nobody else.
 */
export function deployedPlace(
  args: Pick<
    VenuePopArgs,
    'event' | 'venue' | 'zone' | 'pop' | 'auth' | 'uplink' | 'backupUplink' | 'broker'
  >,
): PopPlace {
  const { platform, https } = args.pop
  const adminHost = platform === 'k3s' ? '0.0.0.0' : '127.0.0.1'
  // On Kubernetes the Service maps the port; a machine's container has its network.
  const port = https && platform === 'ec2' ? PORTS.popSecure : PORTS.pop
  const files = platform === 'ec2' ? { certFile: TLS_BUNDLE_FILE, keyFile: TLS_BUNDLE_FILE } : TLS_FILES
  return {
    listen: { host: '0.0.0.0', port, adminHost, adminPort: PORTS.popAdmin },
    dataDir: PATHS.popData,
    uplinks: uplinksOf(args).map(({ name }) => ({ name, url: centralUplinkUrl(args) })),
    imagesDir: ORIGINALS_DIR,
    queueKeyFile: args.pop.encryptQueue ? QUEUE_KEY_FILE : null,
    tls: https ? { ...files, name: popName(args) } : null,
    replicaHost: isFollowed(args.pop) ? '0.0.0.0' : null,
    nats: args.broker ? { url: `nats://127.0.0.1:${NATS_PORTS.client}`, user: NATS_USER.pop } : null,
    auth: args.auth,
  }
}

/** Whether a second machine follows the PoP's log. */
export function isFollowed(pop: VenuePopArgs['pop']): boolean {
  return pop.platform === 'ec2' && pop.standby !== null
}

/**
 * Sessions per attendee that a PoP admits: after a drop, a client's new session opens while the old one has not
 * timed out yet, so a hall that reconnects at once needs two for each.
 */
const SESSIONS_PER_ATTENDEE = 2

/** The validated configuration of one PoP. */
export function compilePopConfig(
  args: Pick<VenuePopArgs, 'event' | 'venue' | 'attendees' | 'pop' | 'channels' | 'standing'>,
  place: PopPlace,
): PopConfig {
  const sessions = Math.max(DEFAULT_LIMITS.sessions, SESSIONS_PER_ATTENDEE * args.attendees)
  return popConfigSchema.parse({
    version: POP_CONFIG_VERSION,
    event: args.event,
    pop: args.venue,
    listen: place.listen,
    auth: place.auth,
    tls: place.tls,
    // An event without tokens means it: `check` says so each time.
    door: {
      allowOpen: place.auth === 'open',
      handshakesBurst: sessions,
      trustedProxies: 'ingress' in args.pop && args.pop.ingress ? [args.pop.ingress.podNetwork] : [],
    },
    dataDir: place.dataDir,
    uplinks: place.uplinks,
    // A key that nothing needs is left out: the version before, which does not know it, reads the file too.
    ...(place.nats !== null && { nats: place.nats }),
    queue: {
      maxBytes: args.pop.queueBytes,
      segmentBytes: Math.min(DEFAULT_SEGMENT_BYTES, args.pop.queueBytes),
      keyFile: place.queueKeyFile,
    },
    channels: args.channels,
    ...(args.standing !== null && { standing: args.standing }),
    ...(place.replicaHost !== null && { replica: { host: place.replicaHost } }),
    // Who is sent away comes back to a machine like this one, which in the end may be this one.
    drain: {
      handshakeMs: args.pop.reconnectMs,
      cores: coresOf(args.pop),
      deadlineS: args.pop.platform === 'k3s' ? drainDeadlineS(args) : undefined,
    },
    limits: { ...DEFAULT_LIMITS, sessions },
    imagesDir: place.imagesDir,
  })
}

/** Of what a drain of the full hall takes at the default share of the cores: clients do not go on the second. */
const DRAIN_MARGIN = 1.5
const DRAIN_SHARE = 0.5
const DRAIN_DEADLINE_S = { min: DEFAULT_DRAIN_DEADLINE_S, max: 3_600 }

/** A drain has the time that its sessions need, which Kubernetes grants; a cloud's machine stops when it must. */
function drainDeadlineS({ attendees, pop }: Pick<VenuePopArgs, 'attendees' | 'pop'>): number {
  const tookS = (attendees * pop.reconnectMs) / 1_000 / (coresOf(pop) * DRAIN_SHARE)
  return Math.min(Math.max(Math.ceil(tookS * DRAIN_MARGIN), DRAIN_DEADLINE_S.min), DRAIN_DEADLINE_S.max)
}

/**
 * The file's text: two-space JSON with a final newline, the same for the same configuration. It has room in user data
 * only without what the PoP takes by default anyway.
 */
export function popJson(config: PopConfig): string {
  return `${JSON.stringify(withoutDefaults(config), null, 2)}\n`
}

/** What of a configuration has to be said for it to be read back the same. */
function withoutDefaults(config: PopConfig): object {
  const said = structuredClone<object>(config)
  const shorten = (section: Record<string, unknown>) => {
    for (const [key, value] of Object.entries(section)) {
      delete section[key]
      if (isDeepStrictEqual(popConfigSchema.safeParse(said).data, config)) continue
      section[key] = value
      if (isSection(value)) shorten(value)
    }
  }
  shorten(said as Record<string, unknown>)
  return said
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The text of pop.json as the named venue's machine is given it.
 *
 * @throws {InvalidInput} `MP_VENUE_UNKNOWN` where the event has no such venue.
 */
export function deployedPopJson(spec: EventSpec, venueName: string): string {
  const venue = spec.venues.find(({ name }) => name === venueName)
  if (venue === undefined) {
    throw new InvalidInput(
      'MP_VENUE_UNKNOWN',
      `event ${spec.name} has no venue ${venueName}`,
      `Name one of its venues: ${spec.venues.map(({ name }) => name).join(', ')}.`,
      { file: spec.file },
    )
  }
  const args = planVenuePop(spec, venue)
  return popJson(compilePopConfig(args, deployedPlace(args)))
}
