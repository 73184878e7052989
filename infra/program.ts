// The program: an event becomes central services and one PoP per venue.
import { Provider } from '@pulumi/aws/provider.js'
import { CentralServices } from './central-services/central-services.ts'
import { planCentralServices } from './central-services/central-services-args.ts'
import { type Deployment, unsetDeployment } from './deployment.ts'
import type { EventSpec } from './event/event.ts'
import { publicZoneId } from './public-zone.ts'
import { declareVenueNames } from './venue-names.ts'
import { VenuePop } from './venue-pop/venue-pop.ts'
import { planVenuePop } from './venue-pop/venue-pop-args.ts'

export interface DeclaredEvent {
  central: CentralServices
  /** By name of the venue, in the event's order. */
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
  const centralArgs = planCentralServices(spec)
  const popArgs = spec.venues.map((venue) => planVenuePop(spec, venue))

  const provider = new Provider('aws', { region: spec.region })
  const opts = { providers: [provider] }
  const zoneId = publicZoneId(spec, { provider })
  const central = new CentralServices('central', centralArgs, { ...deployment, zoneId }, opts)
  const pops = popArgs.map((args) => {
    const { image, natsImage, protect, skipAwait, uplinkToken } = deployment
    const site = {
      central: central.site,
      image,
      natsImage,
      uplinkToken,
      protect,
      skipAwait,
      queueKey: deployment.queueKey(args.venue),
      certificate: deployment.certificate(args.venue),
      kubeconfig: deployment.kubeconfig(args.venue),
    }
    return [args.venue, new VenuePop(args.venue, args, site, opts)] as const
  })
  const byVenue = new Map(pops)
  declareVenueNames(spec, byVenue, { zoneId, swap: deployment.swap })
  return { central, pops: byVenue }
}
