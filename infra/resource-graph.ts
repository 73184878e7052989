// Runs the program without a cloud, credentials or the CLI, and returns the resources it declares.

import { MicropopError } from '../runtime/errors.ts'
import { deferSerialisers } from './deferred-sdk-parts.ts'
import type { EventSpec } from './event/event.ts'
import type { ResourceGraph, ResourceNode } from './graph.ts'
import type { MachineImageArgs } from './machine-image/machine-image.ts'

export const PROJECT = 'micropop'

/** The Pulumi runtime is one per process, so recordings wait for each other. */
let last: Promise<unknown> = Promise.resolve()

/**
 * The event's resource graph: what `pulumi up` would register, with URNs as in a stack named after the event.
 * Outputs of other resources stand as names (`cluster.central.arn`), secrets as `[secret]`. Parents come before their
 * children and siblings are sorted by URN, so the same event always gives the same graph.
 *
 * Loads the Pulumi SDK on first use, which takes most of its time.
 *
 * @param image that the machines run; by default one that stands for it.
 * @throws {InvalidInput} what the planners refuse.
 */
export function recordGraph(spec: EventSpec, image?: string): Promise<ResourceGraph> {
  const recording = last.then(() => record(spec, image))
  last = recording.catch(() => undefined)
  return recording
}

/** The same of the program of the machine image. */
export function recordMachineImage(args: MachineImageArgs): Promise<ResourceGraph> {
  const recording = last.then(async () => {
    deferSerialisers()
    const { MachineImage } = await import('./machine-image/machine-image.ts')
    return recordProgram('machine-image', args.region, () => new MachineImage('micropop-pop', args))
  })
  last = recording.catch(() => undefined)
  return recording
}

async function record(spec: EventSpec, image: string | undefined): Promise<ResourceGraph> {
  deferSerialisers()
  const [{ unsetDeployment }, { declareEvent }] = await Promise.all([
    import('./deployment.ts'),
    import('./program.ts'),
  ])
  return recordProgram(spec.name, spec.region, () => declareEvent(spec, unsetDeployment(image)))
}

/**
 * The SDK writes out a stack of each promise, for its own diagnosis: more than half of a recording's time. So none is
 * taken, but for an error that is ours to explain: it is met again, with its stack.
 */
async function recordProgram(stack: string, region: string, declare: () => unknown): Promise<ResourceGraph> {
  const limit = Error.stackTraceLimit
  try {
    Error.stackTraceLimit = 0
    return await recordOnce(stack, region, declare)
  } catch (error) {
    if (error instanceof MicropopError) throw error
    Error.stackTraceLimit = limit
    return await recordOnce(stack, region, declare)
  } finally {
    Error.stackTraceLimit = limit
  }
}

async function recordOnce(stack: string, region: string, declare: () => unknown): Promise<ResourceGraph> {
  const [{ runtime }, { startRecording }] = await Promise.all([
    import('@pulumi/pulumi'),
    import('./recording-monitor.ts'),
  ])
  const { resources } = await startRecording(PROJECT, stack, region)
  try {
    declare()
  } finally {
    // Returns when every registration has been answered, those that waited for another's outputs too.
    await runtime.disconnect()
  }
  return { project: PROJECT, stack, resources: parentsFirst(resources) }
}

function parentsFirst(resources: ResourceNode[]): ResourceNode[] {
  const children = Map.groupBy(resources, (resource) => resource.parent)
  const under = (parent: string | null): ResourceNode[] =>
    (children.get(parent) ?? [])
      .sort((a, b) => (a.urn < b.urn ? -1 : 1))
      .flatMap((resource) => [resource, ...under(resource.urn)])
  return under(null)
}
