// Configurations of the nats-servers that join an event's PoPs: the hub beside central, and a leaf node beside each PoP.
//
// Addresses and what is secret at a leaf node come from the environment, as the files in docs/nats show.
import { streamName, subjects } from './subjects.ts'

/** JetStream of the hub is in a domain of this name: leaf nodes pass on what is for a named one. */
export const JETSTREAM_DOMAIN = 'micropop'

/** Environment variable with the password of a PoP at the nats-server that its pop.json names. */
export const NATS_PASSWORD_VARIABLE = 'NATS_PASSWORD'

/** User of central at the hub, and of a PoP at its own leaf node. */
export const NATS_USER = { central: 'central', pop: 'pop' } as const

/** What nats-server itself takes the most of: a batch of an uplink, with its headers. */
const MAX_PAYLOAD = '2MB'
/** Most that streams take of the hub's disk: four times what the event's stream may hold. */
const MAX_FILE_STORE = '4GB'
/** The event's stream is on disk alone. */
const MAX_MEMORY_STORE = '64MB'

/** Environment of a hub's nats-server. */
export interface HubEnvironment {
  HUB_HOST: string
  HUB_PORT: string
  HUB_LEAF_PORT: string
  HUB_MONITOR_PORT: string
  /** Folder of its streams. */
  HUB_DATA: string
}

/** Environment of a leaf node's nats-server. */
export interface LeafEnvironment {
  LEAF_NAME: string
  LEAF_PORT: string
  /** `host:port` of `/healthz`. */
  LEAF_MONITOR: string
  /** Of the PoP, at this server. */
  POP_PASSWORD: string
  /** With user and password of the PoP at the hub. */
  HUB_LEAF_URL: string
}

/** @param password of each user, as the file has it: in quotes, or `$NAME` of a variable. */
export function hubConfig(of: {
  event: string
  pops: readonly string[]
  password: (user: string) => string
}): string {
  return `server_name: hub
host: $HUB_HOST
port: $HUB_PORT
http_port: $HUB_MONITOR_PORT
max_payload: ${MAX_PAYLOAD}

jetstream {
  domain: ${JETSTREAM_DOMAIN}
  store_dir: $HUB_DATA
  max_file_store: ${MAX_FILE_STORE}
  max_memory_store: ${MAX_MEMORY_STORE}
}

leafnodes {
  host: $HUB_HOST
  port: $HUB_LEAF_PORT
}

# Each PoP may publish under its own name alone, hears only what is meant for it, and changes no stream.
accounts {
  MICROPOP {
    jetstream: enabled
    users: [
      { user: ${NATS_USER.central}, password: ${of.password(NATS_USER.central)} }
${of.pops.map((pop) => userOfPop(of.event, pop, of.password(pop))).join('')}    ]
  }
}
`
}

function userOfPop(event: string, pop: string, password: string): string {
  const api = `$JS.${JETSTREAM_DOMAIN}.API`
  const reader = `${streamName(event)}.${NATS_USER.central}`
  const quoted = (names: string[]) => names.map((name) => `"${name}"`).join(', ')
  // What it says goes to one central or another, what it hears to one of its sessions or another.
  const [say, down] = [subjects.say(event, pop, '>'), subjects.down(event, pop, '>')]
  return `      {
        user: ${pop}
        password: ${password}
        permissions: {
          publish: {
            allow: [
              ${quoted([subjects.up(event, pop), subjects.hello(event, pop), say])}
              ${quoted([`${api}.>`, '$JS.ACK.>'])}
            ]
            deny: [${quoted([`${api}.STREAM.>`, `${api}.CONSUMER.DELETE.>`, `${api}.CONSUMER.*.${reader}.>`])}
              ${quoted([`${api}.CONSUMER.*.${reader}`, `${api}.CONSUMER.MSG.NEXT.${reader}`])}
              ${quoted([`$JS.ACK.*.*.${reader}.>`])}]
          }
          subscribe: [${quoted([down, `${subjects.inbox(event, pop)}.>`])}]
        }
      }
`
}

/** Of a leaf node's way to the hub: TLS from the first byte, since whoever ends it there knows nothing of NATS. */
const TLS = ', tls: { handshake_first: true }'

/** The same for each PoP. `tls`: the hub's leaf port is behind what ends TLS for it. */
export function leafConfig({ tls }: { tls: boolean }): string {
  return `server_name: $LEAF_NAME
host: 127.0.0.1
port: $LEAF_PORT
http: $LEAF_MONITOR
max_payload: ${MAX_PAYLOAD}

authorization {
  user: ${NATS_USER.pop}
  password: $POP_PASSWORD
}

# A hub that is silent for two pings is gone; it is tried again every second.
ping_interval: "2s"
ping_max: 2
leafnodes {
  reconnect: "1s"
  remotes: [{ url: $HUB_LEAF_URL${tls ? TLS : ''} }]
}
`
}

/** A leaf node's configuration, for a hub on the same machine. */
export function withoutTls(config: string): string {
  return config.replace(TLS, '')
}
