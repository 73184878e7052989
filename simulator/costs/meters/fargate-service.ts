// ECS services on Fargate: vCPU and memory hours of their tasks, addresses of the tasks, egress.
import type { ResourceNode } from '../../../infra/graph.ts'
import { type Charge, type Meter, type MeterContext, statedUse } from '../charge.ts'
import { type Decimal, decimal, scaled } from '../money.ts'
import { billedHours } from '../window.ts'
import { TRANSFER_READS, transferCharges } from './data-transfer.ts'
import { decimalOf, dependenciesOf, objectOf, textOf } from './inputs.ts'
import { publicIpv4Charge } from './public-ipv4.ts'

/** Fargate tasks on Linux are billed per second with a minimum of one minute (Fargate price page). */
const MINIMUM_S = 60

export const fargateService: Meter = {
  reads: { ...TRANSFER_READS },
  charges(node, context) {
    const tasks = decimalOf(node.inputs, 'desiredCount') ?? decimal('1')
    const network = objectOf(node.inputs, 'networkConfiguration')
    return [
      ...computeHours(node, tasks, context),
      ...(network.assignPublicIp === true ? [publicIpv4Charge(tasks, context)] : []),
      ...transferCharges(context),
    ]
  },
}

/** A task is paid for the size it asks for, used or not. Ephemeral storage of 20 GB is included. */
function computeHours(node: ResourceNode, tasks: Decimal, context: MeterContext): Charge[] {
  const launchType = textOf(node.inputs, 'launchType')
  const [task] = dependenciesOf(node, 'aws:ecs/taskDefinition:TaskDefinition', context.graph)
  const units = task && decimalOf(task.inputs, 'cpu')
  const mib = task && decimalOf(task.inputs, 'memory')
  if (launchType !== 'FARGATE' || !units || !mib) {
    const why =
      launchType === 'FARGATE'
        ? 'its task definition does not state cpu and memory'
        : `no meter for launch type ${launchType ?? '(none)'}`
    return [{ kind: 'unknown', description: 'tasks of the service', quantity: null, unit: 'hour', why }]
  }
  const platform = objectOf(task.inputs, 'runtimePlatform')
  const chip = textOf(platform, 'cpuArchitecture') === 'ARM64' ? 'arm' : 'x86'
  // 1,024 CPU units are a vCPU, and Fargate's GB is 1,024 MiB.
  const vcpus = scaled(times(units, tasks), 1n, 1024n)
  const gb = scaled(times(mib, tasks), 1n, 1024n)
  return [
    statedUse(context, {
      description: `Fargate vCPU, ${chip}`,
      rateId: `fargate.${chip}.vcpu`,
      unit: 'vCPU-hour',
      quantity: billedHours(vcpus, context.window, MINIMUM_S),
    }),
    statedUse(context, {
      description: `Fargate memory, ${chip}`,
      rateId: `fargate.${chip}.memory`,
      unit: 'GB-hour',
      quantity: billedHours(gb, context.window, MINIMUM_S),
    }),
  ]
}

function times(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale }
}
