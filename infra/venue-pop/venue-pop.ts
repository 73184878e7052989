// The micro-PoP of a venue as one component: its arguments are the topology, its children are the platform's.
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import { COMPONENT } from '../graph.ts'
import { declareOnEc2 } from './on-ec2.ts'
import { declareOnK3s } from './on-k3s.ts'
import type { VenueSite } from './site.ts'
import type { VenuePopArgs } from './venue-pop-args.ts'

export class VenuePop extends ComponentResource {
  /** Public IPv4 address; null on site, where the hall's own network gives the address. */
  readonly publicIp: Output<string> | null

  constructor(name: string, args: VenuePopArgs, site: VenueSite, opts?: ComponentResourceOptions) {
    super(COMPONENT.venuePop, name, args, opts)
    const { pop } = args
    if (pop.platform === 'ec2') {
      this.publicIp = declareOnEc2(args, pop, site, this)
    } else {
      declareOnK3s(args, pop, site, this)
      this.publicIp = null
    }
    this.registerOutputs({ publicIp: this.publicIp })
  }
}
