// The leaf node beside an EC2 PoP: nats-server in a container of its own, which starts before the PoP and ends after it.
import { leafConfig } from '../../runtime/nats/server-config.ts'
import { hubLeafUrl, leafAddresses, NATS_COMMAND } from '../broker.ts'
import { CONTAINER_USER, STOP_GRACE_S } from '../container.ts'

export interface Leaf {
  image: string
  /** Of the secret that is the password of the PoP, at the hub and at its own leaf node. */
  passwordArn: string
  venue: string
  /** Central's name, where the hub is reached. */
  hubHost: string
}

export const LEAF_UNIT = 'micropop-leaf.service'
const CONTAINER = 'micropop-leaf'
export const LEAF_CONFIG_FILE = '/etc/micropop/leaf.conf'
const PREPARE = '/usr/local/libexec/micropop-leaf'
const ENVIRONMENT = '/run/micropop-leaf/environment'
/** It keeps nothing but what is on its way. */
const MEMORY_MIB = 256
const GO_MEMORY_MIB = 200

/** What cloud-init writes; `secret` is the shell's expression for the password. */
export function leafFiles(leaf: Leaf, secret: string) {
  return [
    { path: LEAF_CONFIG_FILE, permissions: '0644', content: leafConfig({ tls: true }) },
    { path: PREPARE, permissions: '0755', content: prepareScript(leaf, secret) },
    { path: `/etc/systemd/system/${LEAF_UNIT}`, permissions: '0644', content: leafUnit(leaf) },
  ]
}

function prepareScript({ venue, hubHost }: Leaf, secret: string): string {
  return `#!/bin/sh
set -eu
umask 077
nats_password=${secret}
printf 'POP_PASSWORD=%s\\nHUB_LEAF_URL=${hubLeafUrl(venue, '%s', hubHost)}\\n' "$nats_password" "$nats_password" > ${ENVIRONMENT}
`
}

function leafUnit({ image, venue }: Leaf): string {
  const run = [
    `docker run --rm --name ${CONTAINER} --network host`,
    `--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --cap-drop ALL --security-opt no-new-privileges`,
    `--memory ${MEMORY_MIB}m --env GOMEMLIMIT=${GO_MEMORY_MIB}MiB --env-file ${ENVIRONMENT}`,
    ...Object.entries(leafAddresses(venue, '127.0.0.1')).map(([key, value]) => `--env ${key}=${value}`),
    `--volume ${LEAF_CONFIG_FILE}:${LEAF_CONFIG_FILE}:ro`,
    `--entrypoint ${NATS_COMMAND} ${image} -c ${LEAF_CONFIG_FILE}`,
  ].join(' \\\n  ')
  return `[Unit]
Description=nats-server that joins this PoP with the others
After=docker.service
Before=micropop-pop.service
PartOf=micropop-pop.service
Requires=docker.service
StartLimitIntervalSec=0

[Service]
RuntimeDirectory=micropop-leaf
ExecStartPre=${PREPARE}
ExecStartPre=-/usr/bin/docker rm --force ${CONTAINER}
ExecStart=/usr/bin/${run}
ExecStop=/usr/bin/docker stop --time ${STOP_GRACE_S} ${CONTAINER}
TimeoutStopSec=${STOP_GRACE_S + 10}
Restart=always
RestartSec=2
`
}
