// Compiles a PoP's configuration, pop.json, from what its component was told.
import {
  DEFAULT_LIMITS,
  DEFAULT_SEGMENT_BYTES,
  POP_CONFIG_VERSION,
  type PopConfig,
  popConfigSchema,
} from '../../runtime/pop-config.ts'
import { PATHS, PORTS } from '../../runtime/ports.ts'
import { centralUplinkUrl } from '../names.ts'
import type { VenuePopArgs } from './venue-pop-args.ts'

/** What depends on where the process runs and not on the event: a rehearsal passes loopback and a temporary folder. */
export interface PopPlace {
  listen: PopConfig['listen']
  dataDir: string
  centralUrl: string
  imagesDir: string | null
}

/** In a container or on a machine of its own: sessions from anywhere, the admin port as told. */
export function deployedPlace(
  args: Pick<VenuePopArgs, 'event' | 'zone'>,
  adminHost: '127.0.0.1' | '0.0.0.0',
): PopPlace {
  return {
    listen: { host: '0.0.0.0', port: PORTS.pop, adminHost, adminPort: PORTS.popAdmin },
    dataDir: PATHS.popData,
    centralUrl: centralUplinkUrl(args),
    imagesDir: null,
  }
}

/**
 * Sessions per attendee that a PoP admits: after a drop, a client's new session opens while the old one has not
 * timed out yet, so a hall that reconnects at once needs two for each.
 */
const SESSIONS_PER_ATTENDEE = 2

/** The validated configuration of one PoP. */
export function compilePopConfig(
  args: Pick<VenuePopArgs, 'event' | 'venue' | 'attendees' | 'pop'>,
  place: PopPlace,
): PopConfig {
  return popConfigSchema.parse({
    version: POP_CONFIG_VERSION,
    event: args.event,
    pop: args.venue,
    listen: place.listen,
    dataDir: place.dataDir,
    centralUrl: place.centralUrl,
    queue: {
      maxBytes: args.pop.queueBytes,
      segmentBytes: Math.min(DEFAULT_SEGMENT_BYTES, args.pop.queueBytes),
    },
    limits: {
      ...DEFAULT_LIMITS,
      sessions: Math.max(DEFAULT_LIMITS.sessions, SESSIONS_PER_ATTENDEE * args.attendees),
    },
    imagesDir: place.imagesDir,
  })
}

/** The file's text: two-space JSON with a final newline, the same for the same configuration. */
export function popJson(config: PopConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`
}
