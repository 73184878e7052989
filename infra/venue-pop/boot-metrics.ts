// How the machine of a PoP tells CloudWatch what only the PoP knows: a timer that reads its status and puts two metrics.
import { PATHS, PORTS } from '../../runtime/ports.ts'

export const NAMESPACE = 'micropop'
export const METRIC = { backlogAge: 'BacklogAge', diskUsed: 'DiskUsed' } as const

export interface Reported {
  event: string
  venue: string
}

const SCRIPT = '/usr/local/libexec/micropop-metrics'

/** As CloudWatch takes it; a PoP without a backlog has one of no age. Python is part of Amazon Linux. */
function script({ event, venue }: Reported, region: string): string {
  const dimensions = [
    { Name: 'Event', Value: event },
    { Name: 'Venue', Value: venue },
  ]
  return `#!/bin/sh
set -eu
# Before it took over, a second machine is no PoP and has nothing to report.
systemctl is-active --quiet micropop-pop || exit 0
data=$(curl -sSf -m 5 http://127.0.0.1:${PORTS.popAdmin}${PATHS.status} | python3 -c '
import json, sys
status = json.load(sys.stdin)
disk = status["disk"]
metrics = [("${METRIC.backlogAge}", "Seconds", status["queue"]["oldestS"] or 0)]
if "fault" not in disk:
    metrics.append(("${METRIC.diskUsed}", "Percent", 100 * (1 - disk["freeBytes"] / disk["totalBytes"])))
of = ${JSON.stringify(dimensions)}
print(json.dumps([{"MetricName": name, "Unit": unit, "Value": value, "Dimensions": of} for name, unit, value in metrics]))
')
aws cloudwatch put-metric-data --region ${region} --namespace ${NAMESPACE} --metric-data "$data"
`
}

const SERVICE = `[Unit]
Description=What CloudWatch is told of the PoP

[Service]
Type=oneshot
ExecStart=${SCRIPT}
TimeoutStartSec=30
`

const TIMER = `[Unit]
Description=CloudWatch is told of the PoP every minute

[Timer]
OnBootSec=60
OnUnitActiveSec=60
AccuracySec=1

[Install]
WantedBy=timers.target
`

export const METRICS_TIMER = 'micropop-metrics.timer'

export function metricsFiles(reported: Reported, region: string) {
  return [
    { path: SCRIPT, permissions: '0755', content: script(reported, region) },
    { path: '/etc/systemd/system/micropop-metrics.service', permissions: '0644', content: SERVICE },
    { path: `/etc/systemd/system/${METRICS_TIMER}`, permissions: '0644', content: TIMER },
  ]
}
