// The Pulumi program's entry point: reads the stack's configuration, loads the event and declares it.
import { resolve } from 'node:path'
import { Config, runtime } from '@pulumi/pulumi'
import { configuredDeployment, type StackConfig } from './configured-deployment.ts'
import { loadEvent } from './event/load.ts'
import { centralUplinkUrl, centralUrl as centralUrlOf, popName, popUrl as popUrlOf } from './names.ts'
import { declareEvent } from './program.ts'
import { refusal } from './refusal.ts'
import { sharedSite } from './shared-site.ts'

const root = resolve(import.meta.dirname, '..')

/** The namespace's values, and what the engine says of which of them are encrypted. */
function stackConfig(): StackConfig & Config {
  const config = new Config('micropop')
  const encrypted: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? '[]')
  return Object.assign(config, { isEncrypted: (key: string) => encrypted.includes(`micropop:${key}`) })
}

function declare() {
  try {
    const config = stackConfig()
    const spec = loadEvent(resolve(root, config.require('event')))
    return { spec, ...declareEvent(spec, configuredDeployment(config, spec, runtime.isDryRun())) }
  } catch (error) {
    throw refusal(error)
  }
}

const { spec, central, site: centralSite, pops } = declare()
const of = { event: spec.name, zone: spec.central.zone }
const urls = spec.venues
  .filter(({ name }) => pops.has(name))
  .map(({ name: venue, pop: { https } }) => [venue, popUrlOf({ ...of, venue, https })] as const)

export const event = spec.name
export const region = spec.region
/** Central, as people and tools reach it. */
export const centralUrl = centralUrlOf(of)
/** WebSocket URL that PoPs dial. */
export const uplinkUrl = centralUplinkUrl(of)
/** Where each PoP of this stack serves, by venue; on site that name is for the hall's own resolver. */
export const popUrls = Object.fromEntries(urls)
/** Of the stack's first venue. */
export const popUrl = urls[0]?.[1]
/** Where the event's original images are uploaded. */
export const bucket = centralSite.bucketName
/** null: another stack has central. */
export const cdnDomain = central?.cdnDomain ?? null
/** Name and address of every PoP in the cloud, by venue. */
export const popAddresses = Object.fromEntries(
  [...pops].flatMap(([venue, { publicIp }]) =>
    publicIp === null ? [] : [[venue, { name: popName({ ...of, venue }), publicIp }]],
  ),
)
/** KMS key that the event's data is encrypted with; null: AWS's own. */
export const keyArn = centralSite.key?.arn ?? null
/** What the last snapshot of the database will be called. */
export const finalSnapshot = central?.finalSnapshot ?? null
/** What stacks of other venues build on; null: this is one of those. */
export const site = central === null ? null : sharedSite(spec.name, central.site)
