// The monitor a recording runs under: answers the program as a cloud would and keeps every registration request.
import { runtime } from '@pulumi/pulumi'
import type { ResourceNode } from './graph.ts'
import { symbolicCall, symbolicId, symbolicOutputs } from './symbolic-outputs.ts'

/** What we read of a registration request; the SDK does not type it. */
interface RegistrationRequest {
  getType(): string
  getName(): string
  getParent(): string
  getDependenciesList(): string[]
  getObject(): { toJavaScript(): Record<string, unknown> } | undefined
}

/** What we replace in the SDK's mock monitor. */
interface MockMonitor {
  newUrn(parent: string, type: string, name: string): string
  registerResource(request: RegistrationRequest, callback: unknown): unknown
}

export interface Recording {
  /** In the order of their requests, which is no order to rely on. */
  resources: ResourceNode[]
}

/** Puts the process's Pulumi runtime under a fresh recording. Ends with `runtime.disconnect()`. */
export async function startRecording(project: string, stack: string, region: string): Promise<Recording> {
  await runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: symbolicId(type, name),
        state: { ...inputs, ...symbolicOutputs(type, name) },
      }),
      call: ({ token, inputs }) => symbolicCall(token, inputs, region),
    },
    project,
    stack,
  )
  const monitor = runtime.getMonitor() as unknown as MockMonitor
  const resources: ResourceNode[] = []
  const register = monitor.registerResource.bind(monitor)
  // The mock monitor keeps only the parent's own type; the engine keeps the whole path, and so do we.
  monitor.newUrn = (parent, type, name) => {
    const parentTypes = parent.split('::')[2]
    return `urn:pulumi:${stack}::${project}::${parentTypes ? `${parentTypes}$${type}` : type}::${name}`
  }
  monitor.registerResource = (request, callback) => {
    const parent = request.getParent()
    resources.push({
      urn: monitor.newUrn(parent, request.getType(), request.getName()),
      type: request.getType(),
      name: request.getName(),
      inputs: plain(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
      parent: parent || null,
      dependencies: [...request.getDependenciesList()].sort(),
    })
    return register(request, callback)
  }
  return { resources }
}

/** Marks of a secret in a serialized property. Source: @pulumi/pulumi, runtime/rpc. */
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d'
const SECRET_SIGNATURE = '1b47061264138c4ac30d75fd1eb44270'

/** What stands where a secret was. */
export const REDACTED = '[secret]'

/** Serialized properties as plain JSON with sorted keys and without secrets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  if (entries.some(([key, of]) => key === SIGNATURE_KEY && of === SECRET_SIGNATURE)) return REDACTED
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, of]) => [key, plain(of)]))
}
