// The resource graph: the one description that costs, the twin's topology and the rehearsal are all read from.

export interface ResourceNode {
  urn: string
  /** Pulumi type token, e.g. `aws:ec2/instance:Instance` or `micropop:infra:VenuePop`. */
  type: string
  name: string
  /** Inputs as the program registered them, resolved to plain JSON. */
  inputs: Record<string, unknown>
  /** URN of the parent, null for the stack's own children. */
  parent: string | null
  /** URNs. */
  dependencies: string[]
}

export interface ResourceGraph {
  project: string
  stack: string
  resources: ResourceNode[]
}

export const COMPONENT = {
  venuePop: 'micropop:infra:VenuePop',
  central: 'micropop:infra:CentralServices',
  machineImage: 'micropop:infra:MachineImage',
} as const
