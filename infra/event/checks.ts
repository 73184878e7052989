// What a schema cannot say of an event file: rules about two keys at once.
import type { Catalog } from '../catalog/catalog.ts'
import { checkCentral } from './central-checks.ts'
import { checkOffer } from './ec2-checks.ts'
import { checkMoney } from './money-checks.ts'
import { checkPlace, checkPlatform } from './place-checks.ts'
import type { Problem } from './problems.ts'
import { dayLength, layOut, MAX_DAY_S } from './run-of-show.ts'
import type { EventFile } from './schema.ts'
import { list } from './suggest.ts'
import { formatDuration } from './units.ts'
import type { VenueFile } from './venue-schema.ts'
import type { Path } from './yaml-places.ts'
import type { YamlSource } from './yaml-source.ts'
import { dayStarts, instantOf, wallTime } from './zoned-time.ts'

/** The parts of an event file that are valid by themselves. */
export type ValidParts = { [K in keyof EventFile]?: EventFile[K] }

/** Shares are given with two decimals at most: 33.33 % three times is meant as a whole. */
const SHARE_TOLERANCE = 0.0005

export type Complain = (path: Path, message: string) => void

/** Everything that is wrong in the parts that could be read. A part that is missing is not judged. */
export function checkEvent(parts: ValidParts, catalog: Catalog, source: YamlSource): Problem[] {
  const problems: Problem[] = []
  const complain: Complain = (path, message) => problems.push({ place: source.valueAt(path), message })
  const region = parts.event?.region

  if (parts.show) checkRunOfShow(parts.show, complain)
  if (parts.show && parts.event) checkTimes(parts.show, parts.event.timezone, complain)
  for (const [name, venue] of Object.entries(parts.venues ?? {})) {
    checkFallback(name, venue, parts.venues ?? {}, complain)
    checkVenue(venue, ['venues', name], complain)
    if (region === undefined) continue
    checkOffer(venue, ['venues', name], region, catalog, complain)
    checkPlace(venue, ['venues', name], region, complain)
  }
  if (parts.central) checkCentral(parts.central, parts, catalog, complain)
  checkStanding(parts.standing ?? [], complain)
  if (parts.uncertainty) checkUncertainty(parts.uncertainty, complain)
  checkMoney(parts, complain)
  return problems
}

function checkUncertainty({ target, spot, credits }: EventFile['uncertainty'], complain: Complain): void {
  const path = ['uncertainty']
  if (target === 1) {
    complain([...path, 'target'], 'no number of days can show 100 %; write less, such as 99 %')
  }
  if (spot.interruptedPerMonth === 1) {
    complain(
      [...path, 'spot', 'interruptedPerMonth'],
      'a machine that always goes never comes to the show; write less than 100 %',
    )
  }
  if (credits.least > credits.most) {
    complain(
      [...path, 'credits', 'least'],
      'the least of the credits is more than the most; write a smaller `least`, or a larger `most`',
    )
  }
}

function checkStanding(standing: NonNullable<EventFile['standing']>, complain: Complain): void {
  const names = standing.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    complain(
      ['standing', index, 'name'],
      `aggregate "${name}" is there twice; give each its own name, such as ${name}-2`,
    )
  }
}

function checkRunOfShow(show: EventFile['show'], complain: Complain): void {
  const path = ['show', 'runOfShow']
  const names = show.runOfShow.map(({ name }) => name)
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    complain(
      [...path, index, 'name'],
      `segment "${name}" is there twice; give each its own name, such as ${name}-2`,
    )
  }
  const dayS = dayLength(layOut(show.runOfShow))
  if (dayS > MAX_DAY_S) {
    complain(path, `the run of show lasts ${formatDuration(dayS)}, longer than a day; split it with \`days\``)
  }
}

function checkTimes(show: EventFile['show'], timezone: string, complain: Complain): void {
  const starts = instantOf(show.starts, timezone)
  const ends = show.ends && instantOf(show.ends, timezone)
  if (!starts.ok) complain(['show', 'starts'], starts.why)
  if (ends && !ends.ok) complain(['show', 'ends'], ends.why)
  if (!starts.ok || !ends?.ok) return

  const lastDayMs = dayStarts({ startMs: starts.value, timezone, days: show.days }).at(-1) ?? starts.value
  const endMs = lastDayMs + dayLength(layOut(show.runOfShow)) * 1_000
  const instead = `write ${wallTime(endMs, timezone)}, where the run of show ends, or leave \`ends\` out`
  if (ends.value <= starts.value) {
    complain(['show', 'ends'], `the show ends before it starts (${show.starts.text}); ${instead}`)
  } else if (ends.value !== endMs) {
    complain(['show', 'ends'], `the run of show does not end then; ${instead}`)
  }
}

const IN_CLOUD: readonly VenueFile['placement'][] = ['region', 'local-zone']

/** An address outside of the hall is what a public name can point to. */
function checkFallback(
  name: string,
  { fallback }: VenueFile,
  venues: Record<string, VenueFile>,
  complain: Complain,
): void {
  if (fallback === undefined) return
  const others = Object.keys(venues).filter(
    (other) => other !== name && IN_CLOUD.includes(venues[other]?.placement ?? 'on-site'),
  )
  if (others.includes(fallback)) return
  const instead = others.length > 0 ? `write ${list(others, 'or')}` : 'there is none, so leave it out'
  complain(
    ['venues', name, 'fallback'],
    `"${fallback}" is no other venue in the region, and only such a PoP has a public address; ${instead}`,
  )
}

function checkVenue(venue: VenueFile, path: Path, complain: Complain): void {
  const { access, pop, placement, uplink } = venue
  const sum = access.reduce((total, { share }) => total + share, 0)
  if (Math.abs(sum - 1) > SHARE_TOLERANCE) {
    const percent = Number((sum * 100).toFixed(2))
    complain([...path, 'access'], `the shares add up to ${percent} %; write shares that add up to 100 %`)
  }
  const seen = new Set<string>()
  for (const [index, { technology, signal, device }] of access.entries()) {
    const key = `${device === undefined ? '' : `${device} on `}${technology} with ${signal} signal`
    if (seen.has(key))
      complain([...path, 'access', index], `${key} is there twice; add their shares into one`)
    seen.add(key)
  }

  if (pop.fsync && pop.fsync.p99 < pop.fsync.p50) {
    complain(
      [...path, 'pop', 'fsync', 'p99'],
      `the p99 is less than the p50 of ${pop.fsync.p50}ms; write a longer \`p99\`, or a shorter \`p50\``,
    )
  }
  checkPlatform(venue, path, complain)
  if (pop.platform === 'k3s' && pop.ingress !== undefined && pop.https) {
    complain(
      [...path, 'pop', 'https'],
      'the ingress ends TLS already, with the certificate of its `tlsSecret`; leave `https` or `ingress` out',
    )
  }
  if (pop.platform === 'k3s' && pop.node === undefined && pop.folder !== undefined) {
    complain(
      [...path, 'pop', 'folder'],
      'a folder lies on a node; write `node: NAME` beside it, or leave `folder` out',
    )
  }
  if (pop.platform === 'k3s' && pop.node !== undefined && pop.storageClass !== undefined) {
    complain(
      [...path, 'pop', 'storageClass'],
      `the queue is in a folder of node ${pop.node}, which needs no class; leave \`storageClass\` or \`node\` out`,
    )
  }
  if (placement !== 'region' && !uplink) {
    complain(
      [...path, 'uplink'],
      'missing key "uplink"; a PoP outside of the region needs one, such as `uplink: { rate: 20 Mbit/s, rtt: 30ms }`',
    )
  }
  if (venue.backupUplink !== undefined && venue.backupUplink.name === uplink?.name) {
    complain([...path, 'backupUplink'], `both uplinks are called "${uplink.name}"; give each its own name`)
  }
}
