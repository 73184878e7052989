// The Pulumi program's entry point: reads the stack's configuration, loads the event and declares it.
import { resolve } from 'node:path'
import { Config, RunError, runtime } from '@pulumi/pulumi'
import { describe, MicropopError } from '../runtime/errors.ts'
import { configuredDeployment } from './configured-deployment.ts'
import { loadEvent } from './event/load.ts'
import { centralUplinkUrl, popName } from './names.ts'
import { declareEvent } from './program.ts'

const config = new Config('micropop')
const root = resolve(import.meta.dirname, '..')

function declare() {
  try {
    const spec = loadEvent(resolve(root, config.require('event')))
    return { spec, ...declareEvent(spec, configuredDeployment(config, spec, runtime.isDryRun())) }
  } catch (error) {
    // The engine prints a RunError's message alone, and a stack trace with anything else.
    throw error instanceof MicropopError ? new RunError(describe(error)) : error
  }
}

const { spec, central, pops } = declare()
const { zone } = spec.central

/** WebSocket URL that PoPs dial. */
export const uplinkUrl = centralUplinkUrl({ event: spec.name, zone })
/** Where the event's original images are uploaded. */
export const bucket = central.site.bucketName
export const cdnDomain = central.cdnDomain
/** Name and address of every PoP in the cloud, by venue. */
export const popAddresses = Object.fromEntries(
  [...pops].flatMap(([venue, { publicIp }]) =>
    publicIp === null ? [] : [[venue, { name: popName({ event: spec.name, zone, venue }), publicIp }]],
  ),
)
