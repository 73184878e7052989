// The configuration of a PoP in the twin: the pop.json that it has at the show.
import { compilePopConfig } from '../infra/venue-pop/pop-json.ts'
import { uplinksOf } from '../infra/venue-pop/venue-pop-args.ts'
import type { PopConfig } from '../runtime/pop-config.ts'
import type { VenueTopology } from './topology.ts'

/** Where it listens and keeps its files, and whom it lets in, means nothing in the twin. */
export function popConfigOf(venue: VenueTopology): PopConfig {
  return compilePopConfig(venue, {
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir: 'twin',
    uplinks: uplinksOf(venue).map(({ name }) => ({ name, url: 'wss://twin.invalid' })),
    imagesDir: null,
    queueKeyFile: null,
    tls: null,
    replicaHost: null,
    nats: null,
    auth: 'open',
  })
}
