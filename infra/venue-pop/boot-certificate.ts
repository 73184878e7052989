// The certificate of an EC2 PoP: fetched before each start and every hour after, into memory. The PoP sees the change.
import { CONTAINER_USER, TLS_BUNDLE_FILE, TLS_DIR } from '../container.ts'

export const FETCH_CERTIFICATE = '/usr/local/libexec/micropop-certificate'
/** Before a start: a restart while the service that holds it is not reached goes on with what is there. */
export const NEWEST_OR_HELD = `/bin/sh -c '${FETCH_CERTIFICATE} || test -s ${TLS_BUNDLE_FILE}'`
export const CERTIFICATE_TIMER = 'micropop-certificate.timer'

/** What cloud-init writes; `secret` is the shell's expression for the newest value. */
export function certificateFiles(secret: string): { path: string; permissions: string; content: string }[] {
  return [
    { path: FETCH_CERTIFICATE, permissions: '0755', content: fetchCertificate(secret) },
    { path: '/etc/systemd/system/micropop-certificate.service', permissions: '0644', content: SERVICE },
    { path: `/etc/systemd/system/${CERTIFICATE_TIMER}`, permissions: '0644', content: TIMER },
  ]
}

/**
 * The folder is the PoP's mount: the file in it is replaced in one step, and only by another. A port under 1024 is for the
 * container's user too, who has no privileges: the machine is this PoP's alone.
 */
export function fetchCertificate(secret: string): string {
  return `#!/bin/sh
set -eu
umask 077
sysctl -qw net.ipv4.ip_unprivileged_port_start=443
install -d -m 0700 -o ${CONTAINER_USER} -g ${CONTAINER_USER} ${TLS_DIR}
bundle=${secret}
printf '%s\\n' "$bundle" > ${TLS_BUNDLE_FILE}.new
if cmp -s ${TLS_BUNDLE_FILE}.new ${TLS_BUNDLE_FILE}; then rm ${TLS_BUNDLE_FILE}.new; exit 0; fi
chown ${CONTAINER_USER}:${CONTAINER_USER} ${TLS_BUNDLE_FILE}.new
chmod 0400 ${TLS_BUNDLE_FILE}.new
mv ${TLS_BUNDLE_FILE}.new ${TLS_BUNDLE_FILE}
`
}

const SERVICE = `[Unit]
Description=Newest certificate of the micropop PoP

[Service]
Type=oneshot
ExecStart=${FETCH_CERTIFICATE}
`

const TIMER = `[Unit]
Description=Newest certificate of the micropop PoP, every hour

[Timer]
OnBootSec=1h
OnUnitActiveSec=1h
RandomizedDelaySec=5min

[Install]
WantedBy=timers.target
`
