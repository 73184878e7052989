// The service that makes an EC2 PoP's images ahead, beside the PoP: visitors wait for none, the PoP for nothing.
import { PATHS } from '../../runtime/ports.ts'
import { CONTAINER_USER } from '../container.ts'

export const WARM_UNIT = 'micropop-warm.service'

/** It has what is left of the processor, no network, and ends once every image is there. */
export function warmUnit(image: string): string {
  const run = [
    'docker run --rm --name micropop-warm --network none --cpu-shares 2',
    `--user ${CONTAINER_USER}:${CONTAINER_USER} --read-only --tmpfs /tmp`,
    '--cap-drop ALL --security-opt no-new-privileges',
    `--volume ${PATHS.popConfig}:${PATHS.popConfig}:ro --volume ${PATHS.popData}:${PATHS.popData}`,
    `${image} warm`,
  ].join(' \\\n  ')
  return `[Unit]
Description=micropop images made ahead
After=micropop-pop.service docker.service
StartLimitIntervalSec=0

[Service]
ExecStartPre=/usr/bin/mountpoint -q ${PATHS.popData}
ExecStartPre=-/usr/bin/docker rm --force micropop-warm
ExecStart=/usr/bin/${run}
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`
}
