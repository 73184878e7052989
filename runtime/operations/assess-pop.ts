// What is wrong with a PoP by its status, in sentences that say what to do. Pure.
import type { PopStatus } from '../pop/pop-status.ts'

const DAY_MS = 86_400_000
/** Certificates are renewed 30 days before their end as a rule: one with less than this was not. */
export const CERTIFICATE_SOON_DAYS = 7
/** Of the data folder's disk. */
const DISK_FREE_SHARE_MIN = 0.1
/** From here on the queue lets go of what was acknowledged in memory only. */
const QUEUE_USED_SHARE_MAX = 0.9
const SESSIONS_SHARE_MAX = 0.9
/** The oldest message that central lacks: while the uplink is up it takes some milliseconds. */
const BACKLOG_OLD_S = 60
/** Comparisons that may be late, and what a PoP that has just started is given for its first. */
const COMPARISONS_LATE = 3

const STOPPED: Record<NonNullable<PopStatus['uplink']['syncStopped']>, string> = {
  regressed: 'syncing stopped for good: the log lost records that central has; replace the disk',
  rewound: 'syncing stopped for good: the log is an old copy of itself; start with an empty data folder',
  fenced: 'another PoP has taken this log over: stop this one',
}

/** Empty where nothing is wrong. `wallMs`: ms since the Unix epoch, here. */
export function problemsOfPop(status: PopStatus, wallMs: number): string[] {
  const { queue, uplink, sessions, replica } = status
  const problems: string[] = []
  const wrong = (is: boolean, what: string) => {
    if (is) problems.push(what)
  }
  wrong(!queue.writable, 'its disk failed: nothing is admitted until it is restarted on a good disk')
  if (uplink.syncStopped !== null) problems.push(STOPPED[uplink.syncStopped])
  else if (!uplink.connected)
    problems.push(`not connected to central${uplink.fault === null ? '' : `: ${uplink.fault}`}`)
  else
    for (const { name, fault } of uplink.paths.filter(({ live }) => !live))
      problems.push(`uplink ${name} is down${fault === null ? '' : `: ${fault}`}`)
  wrong(
    queue.oldestS !== null && queue.oldestS >= BACKLOG_OLD_S,
    `central has lacked its oldest message for ${queue.oldestS} s`,
  )
  wrong(
    queue.usedBytes >= queue.maxBytes * QUEUE_USED_SHARE_MAX,
    `its queue is ${percent(queue.usedBytes, queue.maxBytes)} full`,
  )
  wrong(
    queue.shed > 0,
    `its queue was full: ${queue.shed} messages that were acknowledged in memory only are gone`,
  )
  wrong(
    sessions.open >= sessions.max * SESSIONS_SHARE_MAX,
    `${sessions.open} sessions of the ${sessions.max} that it admits`,
  )
  wrong(
    replica !== null && replica.behind === null,
    'no second PoP follows its log, though pop.json names one',
  )
  return [...problems, ...disk(status), ...certificate(status, wallMs), ...comparison(status)]
}

function disk({ disk: at, queue }: PopStatus): string[] {
  if ('fault' in at) return [`its disk cannot be looked at: ${at.fault}`]
  const { freeBytes, totalBytes } = at
  if (freeBytes < totalBytes * DISK_FREE_SHARE_MIN)
    return [`its disk has ${percent(freeBytes, totalBytes)} free`]
  const mayGrow = queue.maxBytes - queue.usedBytes
  return freeBytes < mayGrow
    ? [`its queue may grow by ${mayGrow} bytes, and its disk has ${freeBytes} free: lower queue.maxBytes`]
    : []
}

function certificate({ certificate: of }: PopStatus, wallMs: number): string[] {
  if (of === null) return []
  if ('fault' in of) return [`its certificate: ${of.fault}`]
  const days = (of.expiresAtMs - wallMs) / DAY_MS
  return days < CERTIFICATE_SOON_DAYS ? [`its certificate ends in ${Math.max(0, Math.floor(days))} days`] : []
}

function comparison({ compared, uplink, queue, upS }: PopStatus): string[] {
  // It waits while the uplink is gone or a backlog drains, which is told already.
  if (!uplink.connected || uplink.syncStopped !== null || queue.backlog > 0 || compared === null) return []
  const late = compared.agoS > compared.everyS * COMPARISONS_LATE && upS > compared.everyS * COMPARISONS_LATE
  return [
    ...(late ? [`its log was last compared with central ${compared.agoS} s ago`] : []),
    ...(compared.differing > 0
      ? [`central had lost messages of ${compared.differing} blocks: ${compared.repaired} were sent again`]
      : []),
  ]
}

function percent(part: number, whole: number): string {
  return whole === 0 ? 'wholly' : `${Math.round((100 * part) / whole)} %`
}
