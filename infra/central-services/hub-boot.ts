// What the machine of the hub does when it boots, as cloud-init user data: its disk, its configuration, nats-server.
import { NATS_USER } from '../../runtime/nats/server-config.ts'
import { NATS_PORTS } from '../../runtime/ports.ts'
import { NATS_COMMAND } from '../broker.ts'
import { CONTAINER_USER, STOP_GRACE_S } from '../container.ts'
import { DATA_DEVICE, mountData, readSecret } from '../venue-pop/boot.ts'

export interface HubBoot {
  image: string
  region: string
  /** Of the secret that is the configuration, passwords in it. */
  configSecretArn: string
  logGroup: string
  /** That the machine has; null: no source says it. */
  memoryMib: number | null
}

export const HUB_UNIT = 'micropop-hub.service'
const CONTAINER = 'micropop-hub'
const CONFIG_TIMER = 'micropop-hub-config.timer'
const FETCH_CONFIG = '/usr/local/libexec/micropop-hub-config'
const PREPARE = '/usr/local/libexec/micropop-hub-prepare'
/** In memory: the passwords are on no disk. The folder is what is mounted, so that the file in it can be replaced. */
const CONFIG_DIR = '/run/micropop-hub'
const CONFIG_FILE = `${CONFIG_DIR}/hub.conf`
const DATA = '/var/lib/nats'

/** Of the machine's memory: the rest is for the system, and for the pages of its disk. */
const MEMORY_SHARE = 0.6
/** Of that, what Go's collector keeps to before the container is ended. */
const GO_SHARE = 0.8

/** Cloud-config: JSON, which is YAML. */
export function hubUserData(boot: HubBoot): string {
  const units = '/etc/systemd/system'
  const config = {
    packages: ['docker'],
    write_files: [
      { path: FETCH_CONFIG, permissions: '0755', content: fetchConfig(boot) },
      { path: PREPARE, permissions: '0755', content: PREPARE_SCRIPT },
      { path: `${units}/${HUB_UNIT}`, permissions: '0644', content: hubUnit(boot) },
      { path: `${units}/micropop-hub-config.service`, permissions: '0644', content: CONFIG_SERVICE },
      { path: `${units}/${CONFIG_TIMER}`, permissions: '0644', content: TIMER },
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      // Without waiting: the data volume may be attached later than this.
      ['systemctl', 'enable', '--now', '--no-block', HUB_UNIT],
      ['systemctl', 'enable', '--now', CONFIG_TIMER],
    ],
  }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`
}

/** The newest configuration; a nats-server that runs takes it without letting go of a connection. */
function fetchConfig({ region, configSecretArn }: HubBoot): string {
  return `#!/bin/sh
set -eu
umask 077
install -d -m 0700 -o ${CONTAINER_USER} -g ${CONTAINER_USER} ${CONFIG_DIR}
hub_config=${readSecret(region, configSecretArn)}
printf '%s\\n' "$hub_config" > ${CONFIG_FILE}.new
if cmp -s ${CONFIG_FILE}.new ${CONFIG_FILE}; then rm ${CONFIG_FILE}.new; exit 0; fi
chown ${CONTAINER_USER}:${CONTAINER_USER} ${CONFIG_FILE}.new
chmod 0400 ${CONFIG_FILE}.new
mv ${CONFIG_FILE}.new ${CONFIG_FILE}
docker kill --signal HUP ${CONTAINER} > /dev/null 2>&1 || true
`
}

const PREPARE_SCRIPT = `#!/bin/sh
set -eu
${mountData(DATA_DEVICE, DATA)}install -d -m 0700 -o ${CONTAINER_USER} -g ${CONTAINER_USER} ${DATA}
`

function hubUnit({ image, region, logGroup, memoryMib }: HubBoot): string {
  const environment = {
    HUB_HOST: '0.0.0.0',
    HUB_PORT: NATS_PORTS.client,
    HUB_LEAF_PORT: NATS_PORTS.leaf,
    HUB_MONITOR_PORT: NATS_PORTS.monitor,
    HUB_DATA: DATA,
  }
  const limitMib = memoryMib === null ? null : Math.floor(memoryMib * MEMORY_SHARE)
  const run = [
    `docker run --rm --name ${CONTAINER} --network host`,
    `--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --cap-drop ALL --security-opt no-new-privileges`,
    ...(limitMib === null
      ? []
      : [`--memory ${limitMib}m --env GOMEMLIMIT=${Math.floor(limitMib * GO_SHARE)}MiB`]),
    ...Object.entries(environment).map(([key, value]) => `--env ${key}=${value}`),
    `--volume ${CONFIG_DIR}:${CONFIG_DIR}:ro --volume ${DATA}:${DATA}`,
    `--log-driver awslogs --log-opt awslogs-region=${region} --log-opt awslogs-group=${logGroup}`,
    `--entrypoint ${NATS_COMMAND} ${image} -c ${CONFIG_FILE}`,
  ].join(' \\\n  ')
  return `[Unit]
Description=nats-server that joins the PoPs of an event
Wants=network-online.target
After=network-online.target docker.service
Requires=docker.service
StartLimitIntervalSec=0

[Service]
ExecStartPre=${PREPARE}
ExecStartPre=/bin/sh -c '${FETCH_CONFIG} || test -s ${CONFIG_FILE}'
ExecStartPre=-/usr/bin/docker rm --force ${CONTAINER}
ExecStart=/usr/bin/${run}
ExecStop=/usr/bin/docker stop --time ${STOP_GRACE_S} ${CONTAINER}
TimeoutStartSec=300
TimeoutStopSec=${STOP_GRACE_S + 10}
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
`
}

const CONFIG_SERVICE = `[Unit]
Description=Newest configuration of the hub

[Service]
Type=oneshot
ExecStart=${FETCH_CONFIG}
TimeoutStartSec=30
`

const TIMER = `[Unit]
Description=Newest configuration of the hub, every minute

[Timer]
OnBootSec=120
OnUnitActiveSec=60

[Install]
WantedBy=timers.target
`

/** How central reaches the hub, its password in it. */
export function hubUrl(host: string, password: string): string {
  return `nats://${NATS_USER.central}:${password}@${host}:${NATS_PORTS.client}`
}
