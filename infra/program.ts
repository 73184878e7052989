// The program: an event becomes central services and one PoP per venue.
import { Provider } from '@pulumi/aws/provider.js'
import { CentralServices } from './central-services/central-services.ts'
import { planCentralServices } from './central-services/central-services-args.ts'
import { wholeEvent } from './configured-part.ts'
import { type Deployment, unsetDeployment } from './deployment.ts'
import type { EventSpec } from './event/event.ts'
import { publicZoneId } from './public-zone.ts'
import { siteOfStack } from './shared-site.ts'
import { declareVenueNames } from './venue-names.ts'
import type { CentralSite } from './venue-pop/site.ts'
import { VenuePop } from './venue-pop/venue-pop.ts'
import { planVenuePop } from './venue-pop/venue-pop-args.ts'

export interface DeclaredEvent {
  /** null: another stack has it. */
  central: CentralServices | null
  site: CentralSite
  /** Of this stack, by name of the venue, in the event's order. */
  pops: Map<string, VenuePop>
}

/**
 * Declares every resource of an event. Runs under the engine and under the recorder alike: nothing is declared
 * inside `apply`, so that both see the same resources.
 *
 * @param deployment default: stand-ins, for a recording or a preview.
 * @throws {InvalidInput} what the planners refuse, before anything is declared.
 */
export function declareEvent(spec: EventSpec, deployment: Deployment = unsetDeployment()): DeclaredEvent {
  const part = deployment.part ?? wholeEvent(spec)
  const centralArgs = planCentralServices(spec)
  const venues = spec.venues.filter(({ name }) => part.venues.has(name))
  const popArgs = venues.map((venue) => [planVenuePop(spec, venue), venue.line] as const)

  const provider = new Provider('aws', { region: spec.region })
  const opts = { providers: [provider] }
  const { central, site, addressOf } =
    part.centralStack === null ? ownCentral() : otherCentral(part.centralStack)
  const pops = popArgs.map(([args, line]) => {
    const { image, machineImage, natsImage, protect, skipAwait, uplinkToken } = deployment
    const ofVenue = {
      central: site,
      image,
      machineImage,
      natsImage,
      uplinkToken,
      protect,
      skipAwait,
      subnetId: deployment.venueSubnet(args.venue),
      place: { file: spec.file, line },
      queueKey: deployment.queueKey(args.venue),
      certificate: deployment.certificate(args.venue),
      kubeconfig: deployment.kubeconfig(args.venue),
    }
    return [args.venue, new VenuePop(args.venue, args, ofVenue, opts)] as const
  })
  const byVenue = new Map(pops)
  declareVenueNames(spec, byVenue, { zoneId: site.zoneId, swap: deployment.swap, addressOf })
  return { central, site, pops: byVenue }

  function ownCentral() {
    const zoneId = publicZoneId(spec, { provider })
    const own = new CentralServices('central', centralArgs, { ...deployment, zoneId }, opts)
    return { central: own, site: own.site, addressOf: () => null }
  }

  function otherCentral(stack: string) {
    const { alerts, broker, encryption } = spec.central
    const wanted = {
      ...{ event: spec.name, region: spec.region },
      ...{ alerts: alerts !== null, broker: broker !== null, encrypted: encryption === 'event-key' },
    }
    const other = siteOfStack(stack, wanted)
    const inCloud = (venue: string) =>
      spec.venues.some(({ name, pop }) => name === venue && pop.platform === 'ec2')
    const addressOf = (venue: string) => (inCloud(venue) ? other.addressOf(venue) : null)
    return { central: null, site: other.site, addressOf }
  }
}
