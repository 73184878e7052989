// What a stack with central tells the stacks of its event's other venues, over its outputs.
import { all, type Output, output, StackReference } from '@pulumi/pulumi'
import { InvalidInput } from '../runtime/errors.ts'
import { refusal } from './refusal.ts'
import type { CentralSite } from './venue-pop/site.ts'

/** The site as plain values: what the stack has as its output `site`. */
export interface SharedSite {
  event: string
  region: string
  vpcId: string
  subnetId: string
  availabilityZone: string
  otherZone: { subnetId: string; availabilityZone: string }
  zoneId: string
  uplinkSecretArn: string
  bucketName: string
  bucketArn: string
  /** Empty: none. */
  alertsArn: string
  /** Empty: no hub. */
  leafDoorId: string
  /** Empty: AWS's own keys. */
  keyArn: string
}

export function sharedSite(
  event: string,
  { alertsArn, leafDoorId, key, ...site }: CentralSite,
): Output<SharedSite> {
  return all([output(site), alertsArn, leafDoorId, key?.arn ?? null]).apply(
    ([of, alerts, leafDoor, keyArn]) => ({
      ...of,
      event,
      alertsArn: alerts ?? '',
      leafDoorId: leafDoor ?? '',
      keyArn: keyArn ?? '',
    }),
  )
}

export interface OtherStack {
  site: CentralSite
  /** Public address of a venue's PoP that the stack has; null: it has none, so a third stack must. */
  addressOf: (venue: string) => Output<string>
}

interface Wanted {
  event: string
  region: string
  /** As the event file says it: an output's presence is known only later, and decides which resources there are. */
  alerts: boolean
  broker: boolean
  encrypted: boolean
}

/**
 * Central of another stack. A preview already refuses one that is not deployed (`MP_CENTRAL_NOT_DEPLOYED`), or that has
 * another event (`MP_CENTRAL_ELSEWHERE`).
 */
export function siteOfStack(name: string, wanted: Wanted): OtherStack {
  const stack = new StackReference('central', { name })
  const site = stack.getOutput('site').apply((found?: SharedSite) => checkedSite(name, found, wanted))
  const addresses = stack.getOutput('popAddresses')
  return {
    site: {
      region: wanted.region,
      vpcId: site.vpcId,
      subnetId: site.subnetId,
      availabilityZone: site.availabilityZone,
      otherZone: {
        subnetId: site.otherZone.subnetId,
        availabilityZone: site.otherZone.availabilityZone,
      },
      zoneId: site.zoneId,
      uplinkSecretArn: site.uplinkSecretArn,
      bucketName: site.bucketName,
      bucketArn: site.bucketArn,
      alertsArn: wanted.alerts ? site.alertsArn : null,
      leafDoorId: wanted.broker ? site.leafDoorId : null,
      key: wanted.encrypted ? { arn: site.keyArn, copyArn: null } : null,
    },
    addressOf: (venue) => addresses.apply((found?: PopAddresses) => publicAddress(name, found, venue)),
  }
}

/** A stack's output `popAddresses`, by venue. */
type PopAddresses = Record<string, { publicIp: string }>

/** @throws {RunError} `MP_VENUE_ELSEWHERE`. */
export function publicAddress(name: string, found: PopAddresses | undefined, venue: string): string {
  const publicIp = found?.[venue]?.publicIp
  if (publicIp !== undefined) return publicIp
  throw refusal(
    new InvalidInput(
      'MP_VENUE_ELSEWHERE',
      `venue ${venue} stands in for one of this stack's, and neither this stack nor ${name} has its PoP`,
      `Put both into one stack, or ${venue} into ${name}, and deploy that first.`,
    ),
  )
}

/** @throws {RunError} `MP_CENTRAL_NOT_DEPLOYED`, `MP_CENTRAL_ELSEWHERE`. */
export function checkedSite(
  name: string,
  found: SharedSite | undefined,
  { event, region, ...wanted }: Wanted,
): SharedSite {
  const deploy = `Deploy it first: pulumi up --stack ${name}`
  const refuse = (code: string, what: string, remedy = deploy) =>
    refusal(new InvalidInput(code, `stack ${name} ${what}`, remedy))
  if (found === undefined) throw refuse('MP_CENTRAL_NOT_DEPLOYED', 'has no central yet')
  if (found.event !== event || found.region !== region) {
    throw refuse(
      'MP_CENTRAL_ELSEWHERE',
      `has central of event ${found.event} in ${found.region}, and this one is ${event} in ${region}`,
      'Name the stack with central of this event: pulumi config set micropop:centralStack ORGANIZATION/PROJECT/STACK',
    )
  }
  const is = {
    alerts: found.alertsArn !== '',
    broker: found.leafDoorId !== '',
    encrypted: found.keyArn !== '',
  }
  if (is.alerts !== wanted.alerts || is.broker !== wanted.broker || is.encrypted !== wanted.encrypted)
    throw refuse('MP_CENTRAL_NOT_DEPLOYED', 'has central of an older event file', deploy)
  return found
}
