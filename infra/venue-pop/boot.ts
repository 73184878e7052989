// What an EC2 PoP does when it boots, as cloud-init user data: its configuration, its token, its container.

import { NATS_PASSWORD_VARIABLE } from '../../runtime/nats/server-config.ts'
import { PATHS } from '../../runtime/ports.ts'
import { CONTAINER_USER, QUEUE_KEY_FILE, STOP_GRACE_S, TLS_DIR, UPLINK_TOKEN_VARIABLE } from '../container.ts'
import { CERTIFICATE_TIMER, certificateFiles, NEWEST_OR_HELD } from './boot-certificate.ts'
import { type Fetched, fetchDiskAndAddress, leaveDiskScript } from './boot-fetched.ts'
import { LEAF_UNIT, type Leaf, leafFiles } from './boot-leaf.ts'
import { METRICS_TIMER, metricsFiles, type Reported } from './boot-metrics.ts'
import {
  FOLLOW_UNIT,
  type Followed,
  leaderUrl,
  PROMOTE_FILE,
  PROMOTE_VARIABLE,
  REPLICA_TOKEN_VARIABLE,
  TAKE_OVER,
  takeOverScript,
} from './boot-standby.ts'
import { WARM_UNIT, warmUnit } from './boot-warm.ts'
import { ORIGINALS, ORIGINALS_DIR } from './pop-json.ts'

export interface Boot {
  /** Text of pop.json. */
  popJson: string
  image: string
  /** The machine image has its packages and the container image already. */
  prepared: boolean
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
  /** The data is on the machine's own NVMe disk, not on a volume. */
  instanceStore: boolean
  /** Of the secret that this PoP and its second machine share; null: there is none. */
  replicaTokenArn: string | null
  /** null: CloudWatch is told nothing. */
  reported: Reported | null
  /** null: this is the first machine. */
  follows: Followed | null
  /** What joins the PoP with others; null: it is a room of its own. */
  leaf: Leaf | null
}

/** What a PoP needs of Amazon Linux's own repository. */
export const BOOT_PACKAGES = ['docker']

/** Most bytes of user data before base64 (Amazon EC2 User Guide, run commands at launch). */
export const USER_DATA_BYTES_MAX = 16 * 1024

/** Name that the data volume is attached by; Amazon Linux links it to the device, whatever the kernel calls it. */
export const DATA_DEVICE = '/dev/sdf'

/** The first NVMe disk of the machine's own, under a name that is the same on every type. */
const STORE_DEVICE = '/run/micropop-instance-store'
/** Names that Amazon Linux gives such disks (Amazon EC2 User Guide, "SSD instance store volumes", 2026-11). */
const FIND_STORE = `store=$(ls /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* 2> /dev/null | head -n 1)
[ -z "$store" ] || ln -sfn "$store" ${STORE_DEVICE}
`

const PREPARE = '/usr/local/libexec/micropop-prepare'
const LEAVE_DISK = '/usr/local/libexec/micropop-leave-disk'
const ENVIRONMENT = '/run/micropop/environment'

/** Cloud-config: JSON, which is YAML. */
export function bootUserData(boot: Boot): string {
  const { certificateArn, fetches, follows, leaf, region, reported } = boot
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
  const standby =
    follows === null
      ? []
      : [
          { path: TAKE_OVER, permissions: '0755', content: takeOverScript(follows, region) },
          {
            path: `/etc/systemd/system/${FOLLOW_UNIT}`,
            permissions: '0644',
            content: followUnit(boot, follows),
          },
        ]
  // What follows a log makes no images beside it.
  const warm = follows === null ? [WARM_UNIT] : []
  const starts = follows === null ? 'micropop-pop.service' : FOLLOW_UNIT
  const config = {
    packages: boot.prepared ? [] : BOOT_PACKAGES,
    write_files: [
      { path: PATHS.popConfig, permissions: '0644', content: boot.popJson },
      { path: PREPARE, permissions: '0755', content: prepareScript(boot) },
      ...leaveDisk,
      ...standby,
      ...(certificateArn === null ? [] : certificateFiles(readSecret(region, certificateArn))),
      ...(reported === null ? [] : metricsFiles(reported, region)),
      ...(leaf === null ? [] : leafFiles(leaf, readSecret(region, leaf.passwordArn))),
      { path: '/etc/systemd/system/micropop-pop.service', permissions: '0644', content: popUnit(boot) },
      ...warm.map((path) => ({
        path: `/etc/systemd/system/${path}`,
        permissions: '0644',
        content: warmUnit(boot.image),
      })),
    ],
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ...(certificateArn === null ? [] : [['systemctl', 'enable', '--now', CERTIFICATE_TIMER]]),
      // Without waiting: the data volume may be attached later than this.
      ['systemctl', 'enable', '--now', '--no-block', starts],
      ...warm.map((unit) => ['systemctl', 'enable', '--now', '--no-block', unit]),
      ...(reported === null ? [] : [['systemctl', 'enable', '--now', METRICS_TIMER]]),
    ],
  }
  return `#cloud-config\n${JSON.stringify(config, null, 2)}\n`
}

/** Before each start: the data volume, folders, the token as the service's environment, and the newest originals where reachable. */
function prepareScript({
  instanceStore,
  region,
  uplinkSecretArn,
  queueKeyArn,
  bucketName,
  fetches,
  replicaTokenArn,
  leaf,
}: Boot): string {
  const device = instanceStore ? STORE_DEVICE : DATA_DEVICE
  return `#!/bin/sh
set -eu
${fetches === null ? '' : fetchDiskAndAddress(fetches, region, DATA_DEVICE)}${instanceStore ? FIND_STORE : ''}${mountData(device, PATHS.popData)}install -d -o ${CONTAINER_USER} -g ${CONTAINER_USER} ${PATHS.popData} ${ORIGINALS_DIR}
aws s3 sync --region ${region} --only-show-errors s3://${bucketName}/${ORIGINALS} ${ORIGINALS_DIR} ||
  echo 'original images were not refreshed, serving those that are here' >&2
umask 077
token=${readSecret(region, uplinkSecretArn)}
printf '${UPLINK_TOKEN_VARIABLE}=%s\\n' "$token" > ${ENVIRONMENT}
${replicaTokenArn === null ? '' : addSecret('replica_token', REPLICA_TOKEN_VARIABLE, readSecret(region, replicaTokenArn))}${leaf === null ? '' : addSecret('nats_password', NATS_PASSWORD_VARIABLE, readSecret(region, leaf.passwordArn))}${queueKeyArn === null ? '' : writeQueueKey(readSecret(region, queueKeyArn))}`
}

export function readSecret(region: string, arn: string): string {
  return `$(aws secretsmanager get-secret-value --region ${region} --secret-id ${arn} \\
  --query SecretString --output text)`
}

/** Shell lines that put one more secret into the service's environment. */
function addSecret(name: string, variable: string, secret: string): string {
  return `${name}=${secret}
printf '${variable}=%s\\n' "$${name}" >> ${ENVIRONMENT}
`
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

function popUnit(boot: Boot): string {
  const { fetches, follows, leaf } = boot
  // systemd leaves out a variable that is not set.
  const promote = follows === null ? '' : ` $${PROMOTE_VARIABLE}`
  return unit(boot, {
    name: 'micropop-pop',
    description: 'micropop PoP',
    wants: leaf === null ? '' : ` ${LEAF_UNIT}`,
    verb: `pop${fetches === null ? '' : ' --spot'}${promote}`,
    more: [
      ...(fetches === null ? [] : [`ExecStopPost=${LEAVE_DISK}`]),
      ...(follows === null ? [] : [`EnvironmentFile=-${PROMOTE_FILE}`]),
      // A PoP that AWS has announced the end of its machine to ends well, and must not begin again on it.
      `Restart=${fetches === null ? 'always' : 'on-failure'}`,
    ],
  })
}

function followUnit(boot: Boot, follows: Followed): string {
  return unit(boot, {
    name: 'micropop-follow',
    description: 'micropop, a copy of the log of the PoP',
    wants: '',
    verb: `follow --leader ${leaderUrl(follows)}`,
    more: ['Restart=always'],
  })
}

interface Service {
  /** Of the container. */
  name: string
  description: string
  /** More units to start with it, that it does without where they fail. */
  wants: string
  /** Of the command, with its options. */
  verb: string
  /** Lines of the section Service. */
  more: string[]
}

function unit(
  { image, queueKeyArn, certificateArn }: Boot,
  { name, description, wants, verb, more }: Service,
): string {
  const run = [
    `docker run --rm --name ${name} --network host`,
    `--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --tmpfs /tmp`,
    '--cap-drop ALL --security-opt no-new-privileges',
    `--env-file ${ENVIRONMENT}`,
    `--volume ${PATHS.popConfig}:${PATHS.popConfig}:ro --volume ${PATHS.popData}:${PATHS.popData}`,
    ...(queueKeyArn === null ? [] : [`--volume ${QUEUE_KEY_FILE}:${QUEUE_KEY_FILE}:ro`]),
    ...(certificateArn === null ? [] : [`--volume ${TLS_DIR}:${TLS_DIR}:ro`]),
    `${image} ${verb}`,
  ].join(' \\\n  ')
  return `[Unit]
Description=${description}
Wants=network-online.target${wants}
After=network-online.target docker.service
Requires=docker.service
StartLimitIntervalSec=0

[Service]
RuntimeDirectory=micropop
ExecStartPre=${PREPARE}
${certificateArn === null ? '' : `ExecStartPre=${NEWEST_OR_HELD}\n`}ExecStartPre=-/usr/bin/docker rm --force ${name}
ExecStart=/usr/bin/${run}
ExecStop=/usr/bin/docker stop --time ${STOP_GRACE_S} ${name}
TimeoutStartSec=300
TimeoutStopSec=${STOP_GRACE_S + 10}
${more.join('\n')}
RestartSec=2

[Install]
WantedBy=multi-user.target
`
}
