// The policy pack, as Pulumi loads it: `pulumi preview --policy-pack infra/guardrails`.
import { resolve } from 'node:path'
import {
  PolicyPack,
  type ReportViolation,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from '@pulumi/policy'
import { Config } from '@pulumi/pulumi'
import { describe, MicropopError } from '../../runtime/errors.ts'
import type { EventSpec } from '../event/event.ts'
import { loadEvent } from '../event/load.ts'
import type { ResourceGraph } from '../graph.ts'
import { EVENT_RULES, type EventRule } from './event-rules.ts'
import { RESOURCE_RULES, type ResourceRule } from './resource-rules.ts'
import { known, stackGraph, UNKNOWN, wholeGraph } from './stack-graph.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** What resources were registered with, by URN; this process sees every registration before it sees the stack. */
const registered = new Map<string, Record<string, unknown>>()

/** Read by the first rule that needs it: a process of the pack judges one stack. */
let event: EventSpec | undefined
let whole: Promise<ResourceGraph> | undefined

new PolicyPack('micropop-guardrails', {
  enforcementLevel: 'mandatory',
  policies: [registrations(), ...RESOURCE_RULES.map(resourcePolicy), ...EVENT_RULES.map(eventPolicy)],
})

/** The twin is built from what components are told, so all of that must be known before anything is deployed. */
function registrations(): ResourceValidationPolicy {
  return {
    name: 'plain-components',
    description: 'What components are told is known before the deployment.',
    validateResource: ({ urn, type, props }, report) => {
      const inputs = known(props)
      registered.set(urn, inputs)
      if (type.startsWith('micropop:') && JSON.stringify(inputs).includes(UNKNOWN))
        report('an input of this component is known only after the deployment: the twin cannot judge it')
    },
  }
}

function resourcePolicy({ name, description, check }: ResourceRule): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource: ({ type, props }, report) => {
      for (const violation of check(type, props)) report(violation)
    },
  }
}

function eventPolicy({ name, description, check }: EventRule): StackValidationPolicy {
  return {
    name,
    description,
    validateStack: async ({ resources }, report) => {
      // A stack that is being destroyed has nothing left to judge.
      if (resources.every(({ type }) => !type.startsWith('micropop:'))) return
      try {
        event ??= loadEvent(resolve(ROOT, new Config('micropop').require('event')))
        whole ??= wholeGraph(stackGraph(resources, registered), event)
        for (const violation of await check(await whole, event)) report(violation)
      } catch (error) {
        refused(error, report)
      }
    },
  }
}

/** What a rule cannot judge does not pass. */
function refused(error: unknown, report: ReportViolation): void {
  if (!(error instanceof MicropopError)) throw error
  report(describe(error))
}
