// The manifests of a venue: every object that a deployment makes there, no secret, and what to do about those.
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { K3sPop } from '../event/event.ts'
import { REDACTED } from '../recording-monitor.ts'
import { recordGraph } from '../resource-graph.ts'
import { eventWith, hallVenue, remoteVenue } from '../testing/events.ts'
import { renderManifests } from './manifests.ts'
import { QUEUE_KEY_SECRET, UPLINK_SECRET } from './pod.ts'

const IMAGE = 'registry.test/micropop:1'
const ingress = {
  tlsSecret: 'hall-tls',
  className: null,
  namespace: 'kube-system',
  podNetwork: '10.42.0.0/16',
}
const sealed = hallVenue({ pop: { ...(hallVenue().pop as K3sPop), encryptQueue: true, ingress } })

async function rendered(spec = eventWith(), venue?: string) {
  return renderManifests(spec, await recordGraph(spec, IMAGE), venue)
}

const objectsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS())

test('every object of the venue is there once, in an order in which each finds what it needs', async () => {
  const [hall, ...others] = await rendered(eventWith({ venues: [sealed, remoteVenue()] }))
  expect(others).toEqual([])
  expect(objectsIn(hall?.text ?? '').map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Namespace micropop-summit-hall',
    'PriorityClass micropop-summit-hall',
    'StorageClass micropop-summit-hall',
    'ConfigMap pop-json',
    'NetworkPolicy pop',
    'Service pop',
    'Ingress pop',
    'StatefulSet pop',
    'PodDisruptionBudget pop',
  ])
  expect(hall?.text).toContain(`image: ${IMAGE}`)
  expect(hall?.text).not.toContain('pulumi.com/')
})

test('no secret is in it; each is named, with its key, where it is made by hand', async () => {
  const [hall] = await rendered(eventWith({ venues: [sealed] }))
  const text = hall?.text ?? ''
  expect(text).not.toContain(REDACTED)
  expect(text).not.toContain('kind: Secret')
  const preface = text.slice(0, text.indexOf('---'))
  expect(preface).toContain(
    `create secret generic ${UPLINK_SECRET} --namespace micropop-summit-hall --from-file=token=`,
  )
  expect(preface).toContain(
    `create secret generic ${QUEUE_KEY_SECRET} --namespace micropop-summit-hall --from-file=key=`,
  )
  expect(preface).toContain('create secret tls hall-tls --namespace micropop-summit-hall')
  const [open] = await rendered()
  expect(open?.text).not.toMatch(/create secret tls|queue-key/)
})

test('all venues on Kubernetes are rendered where none is named', async () => {
  const spec = eventWith({ venues: [hallVenue(), hallVenue({ name: 'annex' }), remoteVenue()] })
  expect((await rendered(spec)).map(({ venue }) => venue)).toEqual(['hall', 'annex'])
  expect((await rendered(spec, 'annex')).map(({ venue }) => venue)).toEqual(['annex'])
})

test('a venue that is unknown or elsewhere is refused with those there are', async () => {
  await expect(rendered(eventWith(), 'attic')).rejects.toMatchObject({
    code: 'MP_VENUE_UNKNOWN',
    remedy: 'Name one of its venues: hall, remote.',
  })
  await expect(rendered(eventWith(), 'remote')).rejects.toMatchObject({
    code: 'MP_NOT_ON_KUBERNETES',
    message: expect.stringContaining('venue remote'),
    remedy: expect.stringContaining('Name hall.'),
    place: { file: 'summit.yaml', line: 30 },
  })
  await expect(rendered(eventWith({ venues: [remoteVenue()] }))).rejects.toMatchObject({
    code: 'MP_NOT_ON_KUBERNETES',
    exitCode: 2,
  })
})
