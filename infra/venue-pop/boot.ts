// What an EC2 PoP does when it boots, as cloud-init user data: its configuration, its token, its container.

import { PATHS } from '../../runtime/ports.ts'
import { CONTAINER_USER, QUEUE_KEY_FILE, STOP_GRACE_S, TLS_DIR, UPLINK_TOKEN_VARIABLE } from '../container.ts'
import { CERTIFICATE_TIMER, certificateFiles, NEWEST_OR_HELD } from './boot-certificate.ts'
import { type Fetched, fetchDiskAndAddress, leaveDiskScript } from './boot-fetched.ts'
import { WARM_UNIT, warmUnit } from './boot-warm.ts'
import { ORIGINALS, ORIGINALS_DIR } from './pop-json.ts'

export interface Boot {
  /** Text of pop.json. */
  popJson: string
  image: string
  region: string
  /** The token itself never travels in user data, which anyone on the machine can read. */
  uplinkSecretArn: string
  /** Of the key of the queue; null where it is not encrypted. */
  queueKeyArn: string | null
  /** Of the PoP's certificate with its key; null: it speaks plain HTTP. */
  certificateArn: string | null
  bucketName: string
  /** null: the volume and the address are on the machine before it boots. */
  fetches: Fetched | null
}

/** Most bytes of user data before base64 (Amazon EC2 User Guide, run commands at launch). */
export const USER_DATA_BYTES_MAX = 16 * 1024

/** Name that the data volume is attached by; Amazon Linux links it to the device, whatever the kernel calls it. */
export const DATA_DEVICE = '/dev/sdf'

const PREPARE = '/usr/local/libexec/micropop-prepare'
const LEAVE_DISK = '/usr/local/libexec/micropop-leave-disk'
const ENVIRONMENT = '/run/micropop/environment'

/** Cloud-config: JSON, which is YAML. */
export function bootUserData(boot: Boot): string {
  const { certificateArn, fetches, region } = boot
  const leaveDisk =
    fetches === null
      ? []
      : [
          {
            path: LEAVE_DISK,
            permissions: '0755',
            content: leaveDiskScript(fetches, region, DATA_DEVICE, PATHS.popData),
          },
        ]
  const config = {
    packages: ['docker'],
    write_files: [
      { path: PATHS.popConfig, permissions: '0644', content: boot.popJson },
      { path: PREPARE, permissions: '0755', content: prepareScript(boot) },
      ...leaveDisk,
      ...(certificateArn === null ? [] : certificateFiles(readSecret(region, certificateArn))),
      { path: '/etc/systemd/system/micropop-pop.service', permissions: '0644', content: unit(boot) },
      { path: `/etc/systemd/system/${WARM_UNIT}`, permissions: '0644', content: warmUnit(boot.image) },
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ...(certificateArn === null ? [] : [['systemctl', 'enable', '--now', CERTIFICATE_TIMER]]),
      // Without waiting: the data volume may be attached later than this.
      ['systemctl', 'enable', '--now', '--no-block', 'micropop-pop.service'],
      ['systemctl', 'enable', '--now', '--no-block', WARM_UNIT],
    ],
  }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`
}

/** Before each start: the data volume, folders, the token as the service's environment, and the newest originals where reachable. */
function prepareScript({ region, uplinkSecretArn, queueKeyArn, bucketName, fetches }: Boot): string {
  return `#!/bin/sh
set -eu
${fetches === null ? '' : fetchDiskAndAddress(fetches, region, DATA_DEVICE)}${mountData(DATA_DEVICE, PATHS.popData)}install -d -o ${CONTAINER_USER} -g ${CONTAINER_USER} ${PATHS.popData} ${ORIGINALS_DIR}
aws s3 sync --region ${region} --only-show-errors s3://${bucketName}/${ORIGINALS} ${ORIGINALS_DIR} ||
  echo 'original images were not refreshed, serving those that are here' >&2
umask 077
token=${readSecret(region, uplinkSecretArn)}
printf '${UPLINK_TOKEN_VARIABLE}=%s\\n' "$token" > ${ENVIRONMENT}
${queueKeyArn === null ? '' : writeQueueKey(readSecret(region, queueKeyArn))}`
}

function readSecret(region: string, arn: string): string {
  return `$(aws secretsmanager get-secret-value --region ${region} --secret-id ${arn} \\
  --query SecretString --output text)`
}

/** Shell lines that leave the key in memory, for the container's user alone. */
function writeQueueKey(key: string): string {
  return `key=${key}
printf '%s\\n' "$key" > ${QUEUE_KEY_FILE}
chown ${CONTAINER_USER}:${CONTAINER_USER} ${QUEUE_KEY_FILE}
chmod 0400 ${QUEUE_KEY_FILE}
`
}

/**
 * Shell lines that mount the data volume. systemd starts again until it is attached. Only a device that shows no
 * signature of anything is formatted, and mkfs.xfs itself refuses one that has a file system.
 */
export function mountData(device: string, folder: string): string {
  return `if ! mountpoint -q ${folder}; then
  [ -e ${device} ] || { echo 'the data volume ${device} is not attached yet' >&2; exit 1; }
  blkid -p ${device} > /dev/null || mkfs.xfs -q ${device}
  mkdir -p ${folder}
  mount -o noatime ${device} ${folder}
fi
xfs_growfs -d ${folder} > /dev/null
`
}

function unit({ image, queueKeyArn, certificateArn, fetches }: Boot): string {
  const run = [
    'docker run --rm --name micropop-pop --network host',
    `--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --tmpfs /tmp`,
    '--cap-drop ALL --security-opt no-new-privileges',
    `--env-file ${ENVIRONMENT}`,
    `--volume ${PATHS.popConfig}:${PATHS.popConfig}:ro --volume ${PATHS.popData}:${PATHS.popData}`,
    ...(queueKeyArn === null ? [] : [`--volume ${QUEUE_KEY_FILE}:${QUEUE_KEY_FILE}:ro`]),
    ...(certificateArn === null ? [] : [`--volume ${TLS_DIR}:${TLS_DIR}:ro`]),
    fetches === null ? `${image} pop` : `${image} pop --spot`,
  ].join(' \\\n  ')
  return `[Unit]
Description=micropop PoP
Wants=network-online.target
After=network-online.target docker.service
Requires=docker.service
StartLimitIntervalSec=0

[Service]
RuntimeDirectory=micropop
ExecStartPre=${PREPARE}
${certificateArn === null ? '' : `ExecStartPre=${NEWEST_OR_HELD}\n`}ExecStartPre=-/usr/bin/docker rm --force micropop-pop
ExecStart=/usr/bin/${run}
ExecStop=/usr/bin/docker stop --time ${STOP_GRACE_S} micropop-pop
${fetches === null ? '' : `ExecStopPost=${LEAVE_DISK}\n`}TimeoutStartSec=300
TimeoutStopSec=${STOP_GRACE_S + 10}
Restart=${
    // A PoP that AWS has announced the end of its machine to ends well, and must not begin again on it.
    fetches === null ? 'always' : 'on-failure'
  }
RestartSec=2

[Install]
WantedBy=multi-user.target
`
}
