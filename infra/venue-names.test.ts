// The public names of PoPs: whose address is under each, what the health check decides, and how an operator swaps.
import { runtime } from '@pulumi/pulumi'
import { expect, test } from 'vitest'
import { unsetDeployment } from './deployment.ts'
import type { EventSpec } from './event/event.ts'
import { declareEvent } from './program.ts'
import { startRecording } from './recording-monitor.ts'
import { eventWith, hallVenue, remoteVenue } from './testing/events.ts'

const TIMEOUT_MS = 60_000

const EVENT = eventWith({
  dnsTtlS: 30,
  venues: [
    hallVenue({ fallback: 'remote' }),
    remoteVenue({ fallback: 'second' }),
    remoteVenue({ name: 'second' }),
  ],
})

/** Records under names of PoPs, by the name in the program. */
async function names(spec: EventSpec, swap: (venue: string) => string | null = () => null) {
  const { resources } = await startRecording('micropop', 'summit', 'eu-west-1')
  declareEvent(spec, { ...unsetDeployment(), swap })
  await runtime.disconnect()
  const records = resources.filter(
    ({ name, type }) => type.startsWith('aws:route53/') && name.includes('-pop'),
  )
  return Object.fromEntries(
    records.map(({ inputs, name, type }) => [`${type.split(':').at(-1)} ${name}`, inputs]),
  )
}

test('a PoP that does not answer is stood in for by its fallback, after the TTL of the event', {
  timeout: TIMEOUT_MS,
}, async () => {
  const of = await names(EVENT)
  const remote = { name: 'remote.summit.events.example.com', type: 'A', ttl: 30 }
  expect(of).toMatchObject({
    'Record hall-pop': {
      name: 'hall.summit.events.example.com',
      ttl: 30,
      records: ['eip.remote-pop.publicIp'],
    },
    'Record remote-pop': {
      ...remote,
      records: ['eip.remote-pop.publicIp'],
      failoverRoutingPolicies: [{ type: 'PRIMARY' }],
      healthCheckId: 'healthCheck.remote-pop.id',
    },
    'Record remote-pop-fallback': {
      ...remote,
      records: ['eip.second-pop.publicIp'],
      failoverRoutingPolicies: [{ type: 'SECONDARY' }],
    },
    'HealthCheck remote-pop': { type: 'TCP', port: 7070, ipAddress: 'eip.remote-pop.publicIp' },
    'Record second-pop': { records: ['eip.second-pop.publicIp'] },
  })
  expect(Object.keys(of)).toHaveLength(5)
})

test('an operator has another PoP answer under the name of a venue', { timeout: TIMEOUT_MS }, async () => {
  const of = await names(EVENT, (venue) => (venue === 'second' ? 'remote' : null))
  expect(of['Record second-pop']).toMatchObject({ records: ['eip.remote-pop.publicIp'] })
})
