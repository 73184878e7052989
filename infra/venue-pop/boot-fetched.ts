// What a machine of an Auto Scaling group does for itself: such a group takes no interface and no volume made before,
// so the machine that boots fetches the PoP's disk and address, and leaves the disk when its PoP has ended.

/** The PoP's own disk and address, which outlive each machine. */
export interface Fetched {
  volumeId: string
  allocationId: string
}

/** Source: Amazon EC2 User Guide, "Use IMDSv2", 2026-11. The same address on every machine. */
const METADATA = 'http://169.254.169.254/latest'
const METADATA_TOKEN_S = 60

/** Shell lines that set `instance` to this machine's id. */
function whoAmI(): string {
  return `imds_token=$(curl -sSf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: ${METADATA_TOKEN_S}' ${METADATA}/api/token)
instance=$(curl -sSf -m 2 -H "X-aws-ec2-metadata-token: $imds_token" ${METADATA}/meta-data/instance-id)
`
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
  return `${whoAmI()}if ! [ -e ${device} ]; then
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
if mountpoint -q ${folder}; then umount ${folder}; fi
[ -e ${device} ] || exit 0
aws ec2 detach-volume --region ${region} --volume-id ${volumeId} > /dev/null
`
}
