// Where a PoP stands, as the event file says it: what is read, and what is refused with its place.
import { expect, test } from 'vitest'
import type { Ec2Pop } from './event.ts'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

const OUTPOST = 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-0a1b2c3d4e5f60718'
const UPLINK = 'uplink: { rate: 1 Gbit/s, rtt: 9ms }'
const REMOTE = 'placement: region\n    attendees: 800\n'
const POP = 'instanceType: t3.large, policy: burstable, volume: 40 GB'

/** The event with its remote venue elsewhere. */
function placed(placement: string, machine: string): string {
  const moved = change(EVENT, REMOTE, `placement: ${placement}\n    attendees: 800\n    ${UPLINK}\n`)
  return change(moved, POP, machine)
}

const load = (event: string) => loadEvent(`${eventFolder({ event })}/event.yaml`).venues[1]

test('a PoP stands in a Local Zone, in a subnet of its own, on gp2', () => {
  const venue = load(placed('local-zone', `${POP}, subnet: { zone: eu-west-1-dub-1a, cidr: 10.64.128.0/24 }`))
  expect(venue).toMatchObject({
    placement: 'local-zone',
    uplink: { rttMs: 9 },
    pop: { disk: 'gp2', subnet: { zone: 'eu-west-1-dub-1a', outpost: null, cidr: '10.64.128.0/24' } },
  })
})

test('or on an Outpost, in a subnet that the stack names, on the disk that it has', () => {
  const venue = load(placed('outpost', `${POP}, disk: gp3, subnet: { outpost: "${OUTPOST}" }`))
  const pop = venue?.pop as Ec2Pop
  expect(pop).toMatchObject({ disk: 'gp3', subnet: { zone: null, outpost: OUTPOST, cidr: null } })
})

/** The placement, the machine with a mark where the complaint points, and what is told. */
const MISTAKES: Record<string, [placement: string, machine: string, message: string]> = {
  'no zone': [
    'local-zone',
    `${POP}, subnet: ${MARK}{ cidr: 10.64.128.0/24 }`,
    'missing key "zone" for `placement: local-zone`; write `subnet: { zone: us-west-2-lax-1a }`',
  ],
  'zone of another region': [
    'local-zone',
    `${POP}, subnet: { zone: ${MARK}us-west-2-lax-1a }`,
    '"us-west-2-lax-1a" is no Local Zone of eu-west-1; those are named such as eu-west-1-lax-1a: aws ec2 describe-availability-zones --region eu-west-1 --all-availability-zones --filters Name=zone-type,Values=local-zone',
  ],
  'Outpost of another region': [
    'outpost',
    `${POP}, subnet: { outpost: ${MARK}"${OUTPOST.replace('eu-west-1', 'us-west-2')}" }`,
    'the Outpost belongs to us-west-2, and the event is in eu-west-1',
  ],
  'no ARN of an Outpost': [
    'outpost',
    `${POP}, subnet: { outpost: ${MARK}op-1 }`,
    '"op-1" is not the ARN of an Outpost; write one such as arn:aws:outposts:us-west-2:123456789012:outpost/op-0a1b2c3d4e5f60718',
  ],
  'zone on an Outpost': [
    'outpost',
    `${POP}, subnet: { outpost: "${OUTPOST}", zone: ${MARK}eu-west-1-dub-1a }`,
    '`zone` is not for `placement: outpost`; leave it out',
  ],
  'standby in a Local Zone': [
    'local-zone',
    `${POP}, subnet: { zone: eu-west-1-dub-1a }, standby: ${MARK}warm`,
    'a second machine would be in another zone, where the address of this one cannot go; leave `standby` out, and name a venue in the region as `fallback`',
  ],
  'spot on an Outpost': [
    'outpost',
    `instanceType: t3.large, policy: ${MARK}spot, subnet: { outpost: "${OUTPOST}" }`,
    "an Outpost's capacity is yours already, and spot machines are not to be had there; write `policy: on-demand` or `burstable`",
  ],
  'subnet outside of the network': [
    'local-zone',
    `${POP}, subnet: { zone: eu-west-1-dub-1a, cidr: ${MARK}10.65.0.0/24 }`,
    '"10.65.0.0/24" is not in the event\'s network 10.64.0.0/16; write a range inside of it',
  ],
  "subnet over one of central's": [
    'local-zone',
    `${POP}, subnet: { zone: eu-west-1-dub-1a, cidr: ${MARK}10.64.16.0/24 }`,
    '"10.64.16.0/24" overlaps 10.64.16.0/20 of central; write another range of 10.64.0.0/16',
  ],
  'subnet that is too small': [
    'local-zone',
    `${POP}, subnet: { zone: eu-west-1-dub-1a, cidr: ${MARK}10.64.128.0/30 }`,
    '"10.64.128.0/30" is no size of a subnet; write a /16 to a /28, such as 10.64.128.0/24',
  ],
  'subnet in the region': [
    'region',
    `${POP}, subnet: ${MARK}{ zone: eu-west-1-dub-1a }`,
    'a PoP in the region is in the subnets of central; leave `subnet` out, or write `placement: local-zone` or `outpost`',
  ],
  'gp2 in the region': [
    'region',
    `${POP}, disk: ${MARK}gp2`,
    'gp2 is for Local Zones and Outposts; write `disk: gp3`, or leave it out',
  ],
}

test.each(Object.entries(MISTAKES))('%s', (_, [placement, machine, message]) => {
  const event = placed(placement, machine)
  expect(complaints({ event })).toEqual([`${markOf('event.yaml', event)}: ${message}`])
})

test('a k3s box stands in no Local Zone, and the way to the region is stated', () => {
  const box = change(EVENT, 'placement: on-site', 'placement: local-zone')
  expect(complaints({ event: box })[0]).toMatch(
    /a k3s box stands on-site, not in a Local Zone; write `platform: ec2`, or `placement: on-site`$/,
  )
  const without = change(EVENT, REMOTE, 'placement: local-zone\n    attendees: 800\n')
  const event = change(without, POP, `${POP}, subnet: { zone: eu-west-1-dub-1a }`)
  expect(complaints({ event })[0]).toMatch(/missing key "uplink"; a PoP outside of the region needs one/)
})

test('two subnets of one network do not overlap', () => {
  const second = `  second:
    placement: local-zone
    attendees: 8
    ${UPLINK}
    access: [{ technology: 4g, signal: medium }]
    pop: { platform: ec2, instanceType: t3.small, policy: burstable, subnet: { zone: eu-west-1-dub-1a, cidr: ${MARK}10.64.128.64/26 } }
`
  const first = placed('local-zone', `${POP}, subnet: { zone: eu-west-1-dub-1a, cidr: 10.64.128.0/24 }`)
  const event = change(first, 'outage: outage.yaml\n', `${second}outage: outage.yaml\n`)
  expect(complaints({ event })).toEqual([
    `${markOf('event.yaml', event)}: "10.64.128.64/26" overlaps 10.64.128.0/24 of remote; write another range of 10.64.0.0/16`,
  ])
})
