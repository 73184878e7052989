// Cost-allocation tags: the four that everything carries, so that a bill can be split by venue and by sponsor.
import { InvalidInput } from '../runtime/errors.ts'

export const TAG = {
  event: 'micropop:event',
  venue: 'micropop:venue',
  role: 'micropop:role',
  sponsor: 'micropop:sponsor',
} as const

/** What a resource does for the event. */
export type Role =
  | 'pop'
  | 'network'
  | 'database'
  | 'storage'
  | 'cdn'
  | 'ingest'
  | 'broker'
  | 'alerts'
  | 'encryption'

export type CostTags = Record<(typeof TAG)[keyof typeof TAG], string>

/** `micropop:venue` of what all venues share. */
export const SHARED_VENUE = 'central'
/** `micropop:sponsor` of an event without sponsors: a missing tag would be an untagged cost. */
export const NO_SPONSOR = 'none'

/** Longest tag value, from the AWS tag restrictions. */
const VALUE_CHARS_MAX = 256

interface Named {
  name: string
}

/** The tags of one component; its children take them with their own role by `withRole`. */
export function costTags(of: { event: string; venue: string; role: Role; sponsors: Named[] }): CostTags {
  return {
    [TAG.event]: tagValue(TAG.event, of.event),
    [TAG.venue]: tagValue(TAG.venue, of.venue),
    [TAG.role]: of.role,
    [TAG.sponsor]:
      of.sponsors.length === 0
        ? NO_SPONSOR
        : tagValue(TAG.sponsor, sponsorList(of.sponsors.map(({ name }) => name))),
  }
}

export function withRole(tags: CostTags, role: Role): CostTags {
  return { ...tags, [TAG.role]: role }
}

/**
 * The tags as Kubernetes labels, which cost tools for clusters split by: `micropop/event`…
 * A label allows fewer characters than a tag, so others become `-` and the end is cut at 63.
 */
export function costLabels(tags: CostTags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [key.replace(':', '/'), labelValue(value)]),
  )
}

function labelValue(value: string): string {
  return value
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
}

/** All sponsors, or as many of the first as a tag has room for, and how many more there are. */
function sponsorList(sponsors: string[]): string {
  const first = (n: number) =>
    [...sponsors.slice(0, n), ...(n < sponsors.length ? [`${sponsors.length - n} more`] : [])].join(' + ')
  let shown = sponsors.length
  while (shown > 1 && first(shown).length > VALUE_CHARS_MAX) shown--
  return first(shown)
}

/** Characters outside the set that every AWS service accepts become `-`. */
function tagValue(key: string, value: string): string {
  if (value.length > VALUE_CHARS_MAX) {
    throw new InvalidInput(
      'MP_TAG_TOO_LONG',
      `the tag ${key} would be ${value.length} characters long, and AWS allows ${VALUE_CHARS_MAX}`,
      'Shorten the names it is made of in the event file.',
    )
  }
  return value.replaceAll(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '-')
}
