// What a stack refuses of the one that has central: an event file tells both the same.
import { expect, test } from 'vitest'
import { checkedSite, publicAddress, type SharedSite } from './shared-site.ts'

const STACK = 'organization/micropop/show'
const WANTED = { event: 'summit', region: 'eu-west-1', alerts: false, broker: false, encrypted: true }
const SITE: SharedSite = {
  event: 'summit',
  region: 'eu-west-1',
  vpcId: 'vpc-0a1b2c3d4e5f60718',
  subnetId: 'subnet-0a1b2c3d4e5f60718',
  availabilityZone: 'eu-west-1a',
  otherZone: { subnetId: 'subnet-1a1b2c3d4e5f60718', availabilityZone: 'eu-west-1b' },
  zoneId: 'Z0123456789',
  uplinkSecretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:central-uplink',
  bucketName: 'assets',
  bucketArn: 'arn:aws:s3:::assets',
  alertsArn: '',
  leafDoorId: '',
  keyArn: 'arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
}

test.each<[string, SharedSite | undefined, RegExp]>([
  ['no central yet', undefined, /has no central yet \[MP_CENTRAL_NOT_DEPLOYED\]/],
  [
    'another event',
    { ...SITE, event: 'gala' },
    /has central of event gala in eu-west-1, and this one is summit in eu-west-1 \[MP_CENTRAL_ELSEWHERE\]/,
  ],
  ['another region', { ...SITE, region: 'eu-central-1' }, /in eu-central-1, .* \[MP_CENTRAL_ELSEWHERE\]/],
  ['alarms now', { ...SITE, alertsArn: 'arn:aws:sns:…' }, /an older event file \[MP_CENTRAL_NOT_DEPLOYED\]/],
  ['a hub now', { ...SITE, leafDoorId: 'sg-0a1b2c3d' }, /an older event file \[MP_CENTRAL_NOT_DEPLOYED\]/],
  ['no key of its own', { ...SITE, keyArn: '' }, /an older event file \[MP_CENTRAL_NOT_DEPLOYED\]/],
])('a stack with %s is refused', (_, found, message) => {
  expect(() => checkedSite(STACK, found, WANTED)).toThrow(message)
})

test('a stack of this event as the file has it is taken', () => {
  expect(checkedSite(STACK, SITE, WANTED)).toBe(SITE)
  const joined = { ...SITE, leafDoorId: 'sg-0a1b2c3d' }
  expect(checkedSite(STACK, joined, { ...WANTED, broker: true })).toBe(joined)
})

test('what stands in for a PoP is in this stack or in the one with central', () => {
  expect(publicAddress(STACK, { stand: { publicIp: '198.51.100.7' } }, 'stand')).toBe('198.51.100.7')
  for (const found of [{ stand: { publicIp: '198.51.100.7' } }, undefined]) {
    expect(() => publicAddress(STACK, found, 'annex')).toThrow(
      /^venue annex stands in for .* nor organization\/micropop\/show has its PoP \[MP_VENUE_ELSEWHERE\]/,
    )
  }
})
