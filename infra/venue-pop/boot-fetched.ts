// What a machine of an Auto Scaling group does for itself: such a group takes no interface and no volume made before,
// so the machine that boots fetches the PoP's disk and address, and leaves the disk when its PoP has ended.
import { WHO_AM_I } from './boot-standby.ts'

import { WARM_UNIT } from './boot-warm.ts'

/** The PoP's own disk and address, which outlive each machine. */
export interface Fetched {
  volumeId: string
  allocationId: string
}

/**
 * Shell lines that have the data volume and the address put on this machine. While another has the volume the first
 * request fails, and systemd starts again; only the machine with the volume takes the address.
 */
export function fetchDiskAndAddress(
  { volumeId, allocationId }: Fetched,
  region: string,
  device: string,
): string {
  return `${WHO_AM_I}if ! [ -e ${device} ]; then
  aws ec2 attach-volume --region ${region} --volume-id ${volumeId} --instance-id "$instance" --device ${device} > /dev/null
fi
[ -e ${device} ] || { echo 'the data volume ${volumeId} is not attached yet' >&2; exit 1; }
aws ec2 associate-address --region ${region} --allocation-id ${allocationId} --instance-id "$instance" --allow-reassociation > /dev/null
`
}

/**
 * After the PoP has ended by itself, or was stopped: the machine that takes its place need not wait for the end of this
 * one. After a crash the same PoP starts again, and keeps its disk.
 */
export function leaveDiskScript(
  { volumeId }: Fetched,
  region: string,
  device: string,
  folder: string,
): string {
  return `#!/bin/sh
set -eu
[ "$SERVICE_RESULT" = success ] || exit 0
systemctl stop ${WARM_UNIT} || true
if mountpoint -q ${folder}; then umount ${folder}; fi
[ -e ${device} ] || exit 0
aws ec2 detach-volume --region ${region} --volume-id ${volumeId} > /dev/null
`
}
