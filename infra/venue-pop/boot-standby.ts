// What the second machine of a PoP is told at boot beside what the first one is: whom to follow, and how an operator has
// it take over.
import { PATHS, PORTS } from '../../runtime/ports.ts'

/** Environment variable with the secret that a PoP and the one that follows it share. */
export const REPLICA_TOKEN_VARIABLE = 'MICROPOP_REPLICA_TOKEN'

export interface Followed {
  /** Private address of the first machine. */
  leaderIp: string
  /** Of the PoP's public address. */
  allocationId: string
}

/** Service of the second machine until it takes over. */
export const FOLLOW_UNIT = 'micropop-follow.service'
export const TAKE_OVER = '/usr/local/sbin/micropop-take-over'
/** In memory: a machine that starts again must not take over again. */
export const PROMOTE_FILE = '/run/micropop-promote'
export const PROMOTE_VARIABLE = 'PROMOTE'

/** Where the address of this machine's role and name is asked for (Amazon EC2 User Guide, "Use IMDSv2", 2026-11). */
const METADATA = 'http://169.254.169.254/latest'
const METADATA_TOKEN_S = 60
/** Shell lines that set `instance` to this machine's id. */
export const WHO_AM_I = `imds_token=$(curl -sSf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: ${METADATA_TOKEN_S}' ${METADATA}/api/token)
instance=$(curl -sSf -m 2 -H "X-aws-ec2-metadata-token: $imds_token" ${METADATA}/meta-data/instance-id)
`

export function leaderUrl({ leaderIp }: Followed): string {
  return `ws://${leaderIp}:${PORTS.replica}${PATHS.replica}`
}

/** Seconds that the first machine has for an answer, and that a promoted PoP has to be healthy. */
const LEADER_ANSWERS_S = 3
const HEALTHY_WITHIN_S = 120

/**
 * Nobody promotes by itself: two machines that cannot see each other must not both think they are the PoP. The operator
 * looks; the script refuses while the first machine still answers, and takes the address last, when this PoP serves.
 */
export function takeOverScript({ leaderIp, allocationId }: Followed, region: string): string {
  return `#!/bin/sh
# Makes this machine the PoP. Run it when the first machine is gone; --anyway where it still answers and must not.
set -eu
say() { echo "micropop-take-over: $*" >&2; }
case "\${1:-}" in
  '' | --anyway) ;;
  *) say 'usage: micropop-take-over [--anyway]'; exit 2 ;;
esac
systemctl is-active --quiet micropop-follow || systemctl is-active --quiet micropop-pop || {
  say 'neither micropop-follow nor micropop-pop runs here: systemctl status micropop-follow'; exit 3; }
if [ "\${1:-}" != --anyway ] && systemctl is-active --quiet micropop-follow; then
  if curl -s -o /dev/null -m ${LEADER_ANSWERS_S} http://${leaderIp}:${PORTS.replica}/; then
    say 'the first machine still answers at ${leaderIp}; stop it first, or say --anyway: central then refuses it'; exit 1
  fi
fi
${WHO_AM_I}if systemctl is-active --quiet micropop-follow; then
  systemctl disable --now micropop-follow
  echo '${PROMOTE_VARIABLE}=--promote' > ${PROMOTE_FILE}
  systemctl enable --now micropop-pop
fi
waited=0
until curl -sf -o /dev/null -m 2 http://127.0.0.1:${PORTS.popAdmin}${PATHS.health}; do
  waited=$((waited + 1))
  [ "$waited" -lt ${HEALTHY_WITHIN_S} ] || { say 'this PoP is not healthy: journalctl -u micropop-pop; the address was not taken'; exit 3; }
  sleep 1
done
rm -f ${PROMOTE_FILE}
aws ec2 associate-address --region ${region} --allocation-id ${allocationId} --instance-id "$instance" --allow-reassociation > /dev/null
say 'this machine is the PoP now, and has its address'
`
}
