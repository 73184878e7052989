// What `micropop probe` prints for a person.
import { formatDaysLeft, formatMs } from '../reports/format.ts'
import { columns, plain } from '../reports/plain-text.ts'
import type { ProbeReport } from '../runtime/operations/probe.ts'

/** `nowMs`: the wall clock. */
export function probeText(reports: readonly ProbeReport[], nowMs: number): string {
  const rows = reports.map((report) => [
    report.url,
    report.serves ? 'serves' : 'DOES NOT SERVE',
    plain(report.pop ?? '-'),
    report.version ?? '-',
    msOr(report.connectMs),
    msOr(report.roundTripMs),
    msOr(report.publishMs),
    report.certificateExpiresAtMs === null ? '-' : formatDaysLeft(report.certificateExpiresAtMs, nowMs),
  ])
  const head = ['url', '', 'PoP', 'version', 'connect', 'round trip', 'to disk and back', 'certificate']
  const notes = reports.flatMap(({ url, fault, notPublished }) => [
    ...(fault === null ? [] : [`${url}: ${plain(fault)}`]),
    ...(notPublished === null ? [] : [`${url}: ${plain(notPublished)}`]),
  ])
  return [...columns([head, ...rows], [0, 1, 2, 3]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function msOr(ms: number | null): string {
  return ms === null ? '-' : formatMs(ms)
}
