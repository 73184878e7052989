// A deployed PoP is read as its machine reads it: from user data in every coding, and from the secrets that exist.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { bootUserData } from '../../infra/venue-pop/boot.ts'
import { leafConfig } from '../../runtime/nats/server-config.ts'
import { CloudStore } from './cloud-store.ts'
import { popOfUserData, readUserData, userDataOfGroup } from './deployed-pop.ts'
import { popOnLoopback } from './pop-on-loopback.ts'

const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:event-abc-123456'
const KEY = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:key-abc-123456'
const UPLINK = { name: 'uplink', url: 'wss://central.summit.example.com/uplink' }
const POP_JSON = JSON.stringify({
  ...{ version: 1, event: 'summit', pop: 'hall', dataDir: '/var/lib/micropop', uplinks: [UPLINK] },
  listen: { host: '0.0.0.0', port: 7070, adminHost: '127.0.0.1', adminPort: 7071 },
  door: { allowOpen: true },
  queue: { maxBytes: 1_000_000, segmentBytes: 100_000, keyFile: '/run/micropop/queue-key' },
  limits: { sessions: 77, messageBytes: 1_000, historyMessages: 1, historyBytes: 1, sessionBufferBytes: 1 },
  imagesDir: '/var/lib/micropop/originals',
})
const BOOT = {
  ...{ popJson: POP_JSON, image: 'registry.test/micropop:1', region: 'eu-west-1', bucketName: 'originals' },
  ...{
    uplinkSecretArn: SECRET,
    queueKeyArn: KEY,
    certificateArn: null,
    replicaTokenArn: null,
    prepared: false,
    instanceStore: false,
    reported: null,
    follows: null,
    leaf: null,
    fetches: null,
  },
}
const USER_DATA = bootUserData(BOOT)

test.each([
  ['plain', USER_DATA],
  ['base64', Buffer.from(USER_DATA).toString('base64')],
  ['gzipped', gzipSync(USER_DATA).toString('base64')],
])('user data is read %s', (_coding, userData) => {
  expect(readUserData(userData)).toMatchObject({ popJson: POP_JSON, secrets: { token: SECRET, key: KEY } })
})

test('a machine that starts no PoP is none', () => {
  expect(readUserData('')).toBeNull()
  expect(readUserData('#cloud-config\n{"packages":["docker"]}')).toBeNull()
})

test('a machine of a group is read from its launch template, with the volume that it fetches', () => {
  const store = new CloudStore('eu-west-1')
  const volumeId = 'vol-0123456789abcdef0'
  const fetches = { volumeId, allocationId: 'eipalloc-0123456789abcdef0' }
  const userData = Buffer.from(bootUserData({ ...BOOT, fetches })).toString('base64')
  const template = store.create('urn:pulumi:s::p::aws:ec2/launchTemplate:LaunchTemplate::hall', { userData })
  const launchTemplateSpecification = { launchTemplateId: template.id, version: '1' }
  const group = store.create('urn:pulumi:s::p::aws:autoscaling/group:Group::hall', {
    mixedInstancesPolicy: { launchTemplate: { launchTemplateSpecification } },
  })
  expect(userDataOfGroup(store, group)).toMatchObject({ popJson: POP_JSON, fetchesVolume: volumeId })
  store.change(template, { userData: '' })
  expect(template.outputs.latestVersion).toBe(2)
  expect(userDataOfGroup(store, group)).toBeNull()
})

test('the second machine of a PoP follows its log, and has the secret that the two share', () => {
  const store = new CloudStore('eu-west-1')
  const second = { leaderIp: '10.64.0.7', allocationId: 'eipalloc-0123456789abcdef0' }
  const replicaTokenArn = SECRET.replace('uplink', 'replica')
  const read = readUserData(bootUserData({ ...BOOT, replicaTokenArn, follows: second }))
  expect(read).toMatchObject({ follows: true, secrets: { token: SECRET, replica_token: replicaTokenArn } })
  expect(readUserData(bootUserData({ ...BOOT, replicaTokenArn }))).toMatchObject({ follows: false })
  if (read === null) throw new Error('no PoP')
  expect(() => popOfUserData(store, read)).toThrow('no value of the secret')
})

test('its secrets are those that exist under the ARNs that the boot script names', () => {
  const store = new CloudStore('eu-west-1')
  const userData = readUserData(USER_DATA)
  if (userData === null) throw new Error('no PoP')
  expect(() => popOfUserData(store, userData)).toThrow(/ResourceNotFoundException/)
  const version = (secretId: string, secretString: string) =>
    store.create(`urn:pulumi:s::p::aws:secretsmanager/secretVersion:SecretVersion::${secretString}`, {
      ...{ secretId, secretString },
    })
  version(SECRET, 'the-token')
  version(KEY, 'the-key')
  expect(popOfUserData(store, userData)).toMatchObject({ uplinkToken: 'the-token', queueKey: 'the-key' })
})

test('the leaf node beside a PoP has its configuration on the machine and its password in a secret', () => {
  const store = new CloudStore('eu-west-1')
  const passwordArn = SECRET.replace('event', 'nats')
  for (const [arn, secretString] of [
    [SECRET, 'the-token'],
    [KEY, 'the-key'],
    [passwordArn, 'p4ss'],
  ])
    store.create(`urn:pulumi:s::p::aws:secretsmanager/secretVersion:SecretVersion::${arn}`, {
      secretId: arn,
      secretString,
    })
  const leaf = { image: 'nats:1', passwordArn, venue: 'hall', hubHost: 'central.test' }
  const read = readUserData(bootUserData({ ...BOOT, leaf }))
  if (read === null) throw new Error('no PoP')
  expect(popOfUserData(store, read).leaf).toEqual({ config: leafConfig({ tls: true }), password: 'p4ss' })
  expect(popOfUserData(store, readUserData(USER_DATA) ?? read).leaf).toBeNull()
})

test('here it listens on the loopback and dials the twin, and is otherwise as deployed', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: 'k', x: 'x'.repeat(43) } as const
  const place = {
    dataDir: '/tmp/data',
    queueKeyFile: '/tmp/key',
    replicaPort: 7,
    leafPort: 4223,
    uplinks: ['127.0.0.1:9'],
    key,
  }
  expect(popOnLoopback(POP_JSON, place)).toMatchObject({
    listen: { host: '127.0.0.1', port: 0, adminHost: '127.0.0.1', adminPort: 0 },
    dataDir: '/tmp/data',
    uplinks: [{ name: 'uplink', url: 'ws://127.0.0.1:9/uplink' }],
    queue: { maxBytes: 1_000_000, keyFile: '/tmp/key' },
    limits: { sessions: 77 },
  })
  expect(() => popOnLoopback(POP_JSON, { ...place, uplinks: [] })).toThrow(/1 uplinks/)
})
