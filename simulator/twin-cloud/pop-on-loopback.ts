// A deployed PoP's configuration as it runs here: on the loopback, in a temporary folder, its uplinks through the twin's.

import { LOOPBACK } from '../../runtime/free-ports.ts'
import { type KeySet, type PopConfig, popConfigSchema } from '../../runtime/pop-config.ts'
import { PATHS } from '../../runtime/ports.ts'

export interface LoopbackPlace {
  dataDir: string
  queueKeyFile: string | null
  /** Where its log is followed, if it is. */
  replicaPort: number
  /** Of the leaf node beside it, if there is one. */
  leafPort: number | null
  /** `host:port` of each way to central, in the order of the configuration. */
  uplinks: readonly string[]
  /** Stands in for the keys that sign the attendees' tokens, whose private halves are not ours. */
  key: KeySet['keys'][number]
}

/** Everything else is as deployed: limits, channels, standing aggregates, who may come in and how. */
export function popOnLoopback(popJson: string, place: LoopbackPlace): PopConfig {
  const deployed = popConfigSchema.parse(JSON.parse(popJson))
  if (place.uplinks.length !== deployed.uplinks.length)
    throw new Error(`${deployed.pop} is configured with ${deployed.uplinks.length} uplinks`)
  return {
    ...deployed,
    listen: { host: LOOPBACK, port: 0, adminHost: LOOPBACK, adminPort: 0 },
    dataDir: place.dataDir,
    uplinks: place.uplinks.map((address, i) => ({
      name: deployed.uplinks[i]?.name ?? '',
      url: `ws://${address}${PATHS.uplink}`,
    })),
    nats: deployed.nats && { ...deployed.nats, url: `nats://${LOOPBACK}:${place.leafPort}` },
    queue: { ...deployed.queue, keyFile: place.queueKeyFile },
    auth: deployed.auth === 'open' ? 'open' : { ...deployed.auth, jwks: { keys: [place.key] } },
    // TLS is tried where its certificates are made, and names do not lead here.
    tls: null,
    replica: deployed.replica && { host: LOOPBACK, port: place.replicaPort },
    imagesDir: null,
  }
}
