// What AWS still lists under an event's tag, as `aws resourcegroupstaggingapi get-resources` prints it.
import { InvalidInput } from '../../runtime/errors.ts'

export interface TaggedResource {
  arn: string
  service: string
  region: string
  /** What it is within its service, `volume`, `loadbalancer/app`, and its own id. */
  kind: string
  id: string
  tags: Record<string, string>
}

/** More would be no leftovers of one event. */
const RESOURCES_MAX = 5_000
/** `arn:partition:service:region:account:resource`, the resource as `kind/id`, `kind:id` or an id alone. */
const ARN = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12})?:(.+)$/

/** Errors: MP_AWS_ANSWER. */
export function taggedResources(text: string): TaggedResource[] {
  let list: unknown
  try {
    list = (JSON.parse(text) as { ResourceTagMappingList?: unknown }).ResourceTagMappingList
  } catch {
    // Said below.
  }
  if (!Array.isArray(list)) throw unreadable('it has no ResourceTagMappingList')
  if (list.length > RESOURCES_MAX) throw unreadable(`it lists more than ${RESOURCES_MAX} resources`)
  return list.map((entry: { ResourceARN?: unknown; Tags?: unknown }) => {
    const arn = String(entry?.ResourceARN)
    const [, service, region, , resource] = ARN.exec(arn) ?? []
    if (service === undefined || region === undefined || resource === undefined)
      throw unreadable('one of its ResourceARNs is none')
    return { arn, service, region, ...kindOf(service, resource), tags: tagsOf(entry.Tags) }
  })
}

function kindOf(service: string, resource: string): { kind: string; id: string } {
  if (service === 's3') return { kind: 'bucket', id: resource }
  const parts = resource.split(/[/:]/)
  const words = service === 'elasticloadbalancing' && parts[0] === 'loadbalancer' ? 2 : 1
  return parts.length > words
    ? { kind: parts.slice(0, words).join('/'), id: parts.slice(words).join('/') }
    : { kind: '', id: resource }
}

function tagsOf(tags: unknown): Record<string, string> {
  const pairs = Array.isArray(tags) ? (tags as { Key?: unknown; Value?: unknown }[]) : []
  return Object.fromEntries(pairs.map(({ Key, Value }) => [String(Key), String(Value)]))
}

function unreadable(why: string): InvalidInput {
  return new InvalidInput(
    'MP_AWS_ANSWER',
    `what aws printed cannot be used: ${why}`,
    'Run it by hand to see: aws resourcegroupstaggingapi get-resources --output json',
  )
}
