// Which part of the event this stack provisions: central and all venues, or some of it beside other stacks.
import { InvalidInput } from '../runtime/errors.ts'
import type { StackConfig } from './configured-deployment.ts'
import type { EventSpec } from './event/event.ts'

export interface StackPart {
  /** Names of the venues that are this stack's. */
  venues: ReadonlySet<string>
  /** The stack that has central, `ORGANIZATION/PROJECT/STACK`; null: this one. */
  centralStack: string | null
}

/** A stack for central alone. */
const NONE = 'none'
/** As Pulumi names a stack in full; on a backend of one's own the organization is `organization`. */
const STACK_NAME = /^[\w.-]+\/[\w.-]+\/[\w.-]+$/
/** What is about central's network and data, so that only the stack that has it can be told. */
const OF_CENTRAL = ['vpc', 'subnets', 'kmsKey']

export function wholeEvent({ venues }: Pick<EventSpec, 'venues'>): StackPart {
  return { venues: new Set(venues.map(({ name }) => name)), centralStack: null }
}

/**
 * @throws {InvalidInput} `MP_STACK_PART` where a venue is not the event's or named twice, there is nothing to provision,
 *   the other stack's name is not whole, or this one is told what is for the stack with central.
 */
export function configuredPart(config: Pick<StackConfig, 'get'>, spec: EventSpec): StackPart {
  const all = spec.venues.map(({ name }) => name)
  const centralStack = config.get('centralStack') ?? null
  const stated = config.get('venues')
  const names = stated === undefined ? all : stated === NONE ? [] : listOf(stated)
  const example = `pulumi config set micropop:venues ${all.slice(0, 2).join(',')}`
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) {
    throw invalid(
      `micropop:venues names ${unknown}, which is no venue of the event`,
      `Name some of these, such as: ${example}. The event has ${all.join(', ')}.`,
    )
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalid(`micropop:venues names ${twice} twice`, `Name it once: ${example}`)
  if (names.length === 0 && stated !== NONE)
    throw invalid('micropop:venues names no venue', `Write \`none\` for central alone, or: ${example}`)
  if (centralStack === null) return { venues: new Set(names), centralStack }
  if (names.length === 0)
    throw invalid('this stack has neither central nor a venue', `Name its venues: ${example}`)
  if (!STACK_NAME.test(centralStack)) {
    throw invalid(
      `micropop:centralStack ${centralStack} is not a stack's whole name`,
      'Write it with organization and project: pulumi config set micropop:centralStack organization/micropop/my-event',
    )
  }
  const misplaced = OF_CENTRAL.find((key) => config.get(key) !== undefined)
  if (misplaced !== undefined) {
    throw invalid(
      `micropop:${misplaced} is for the stack that has central, ${centralStack}`,
      `Take it out here: pulumi config rm micropop:${misplaced}`,
    )
  }
  return { venues: new Set(names), centralStack }
}

/** Names with commas between them, or the JSON list that `pulumi config set --path 'micropop:KEY[0]'` makes. */
export function listOf(text: string): string[] {
  return text
    .replaceAll(/[[\]"]/g, '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

function invalid(what: string, remedy: string): InvalidInput {
  return new InvalidInput('MP_STACK_PART', what, remedy)
}
