// What a client may do on which channel: attendees of an open PoP by default, others by the rules in their token.
//
// The claim `mp` of a token: { "rights": [{ "ch": "chat.*", "may": ["sub", "pub"] }], "operator": true }, both
// optional. A token without rights has those of any attendee. `operator` is for who runs the show: everything.
import { z } from 'zod'
import { CHANNEL_PATTERN } from '../pop-config.ts'
import type { Lane } from '../protocol/lanes.ts'
import { SHOW_PREFIX } from '../protocol/session.ts'
import { SESSION_LOG } from '../protocol/show.ts'
import { matchesChannel } from './channel-rules.ts'

/**
 * `sub`, `pub`, `query`, `presence`: what the frames of these names ask for. `moderate`: to withhold what others
 * published. `operate`: to run the show, that is to publish on lane control and to channels `show.*`, and to
 * have the session log.
 */
export const ACTIONS = ['sub', 'pub', 'query', 'presence', 'moderate', 'operate'] as const
export type Action = (typeof ACTIONS)[number]

export interface Rights {
  readonly client: string
  may(action: Action, ch: string): boolean
}

/** Rules of one token. A publish looks at each, so this bounds its cost too. */
const RULES_MAX = 64

const rightsClaimSchema = z.strictObject({
  rights: z
    .array(z.strictObject({ ch: z.string().regex(CHANNEL_PATTERN), may: z.array(z.enum(ACTIONS)) }))
    .max(RULES_MAX)
    .optional(),
  operator: z.boolean().optional(),
})

export type RightsClaim = z.infer<typeof rightsClaimSchema>

/** What any attendee may: everything but to moderate and to operate. */
export function openRights(client: string): Rights {
  return { client, may: attendeeMay }
}

/**
 * The rights of a verified token's claim `mp`; undefined is a token without it. The first rule that matches a channel
 * counts, so that `{ "ch": "chat.staff", "may": [] }` before `chat.*` is an exception. Null where it is malformed.
 */
export function rightsOf(client: string, claim: unknown): Rights | null {
  if (claim === undefined) return openRights(client)
  const parsed = rightsClaimSchema.safeParse(claim)
  if (!parsed.success) return null
  const { rights: rules, operator } = parsed.data
  if (operator) return { client, may: () => true }
  if (!rules) return openRights(client)
  return {
    client,
    may(action, ch) {
      const rule = rules.find((candidate) => matchesChannel(candidate.ch, ch))
      // The agenda and the cues are everyone's, unless a rule says otherwise.
      if (!rule) return action === 'sub' && ch.startsWith(SHOW_PREFIX)
      return rule.may.includes(neededFor(action, ch))
    },
  }
}

/** Whether a publish is within the rights: lane control takes the right to operate besides. */
export function mayPublish(rights: Rights, lane: Lane, ch: string): boolean {
  return rights.may('pub', ch) && (lane !== 'control' || rights.may('operate', ch))
}

function attendeeMay(action: Action, ch: string): boolean {
  const needed = neededFor(action, ch)
  return needed !== 'moderate' && needed !== 'operate'
}

/** To publish to a channel of the show is to operate it; so is to see or write who used what, and for how long. */
function neededFor(action: Action, ch: string): Action {
  if (ch === SESSION_LOG) return 'operate'
  return action === 'pub' && ch.startsWith(SHOW_PREFIX) ? 'operate' : action
}
