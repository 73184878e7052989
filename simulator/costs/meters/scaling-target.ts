// Tasks that autoscaling adds above the least: their vCPUs and memory, as the service's own.
import { type Meter, usageCharges } from '../charge.ts'

/** What always runs is priced at the service. */
export const scalingTarget: Meter = {
  reads: { 'scaled-vcpu': 'vCPU-hour', 'scaled-memory': 'GB-hour' },
  charges: (_node, context) => [
    ...usageCharges(context, 'scaled-vcpu', {
      description: 'Fargate vCPU of tasks that the load asks for',
      rateId: 'fargate.x86.vcpu',
      unit: 'vCPU-hour',
    }),
    ...usageCharges(context, 'scaled-memory', {
      description: 'Fargate memory of tasks that the load asks for',
      rateId: 'fargate.x86.memory',
      unit: 'GB-hour',
    }),
  ],
}
