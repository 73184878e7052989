// What an event file may say of its attendees' devices and of the disk under a queue, and what it is where it says nothing.
import { expect, test } from 'vitest'
import { loadEvent } from './load.ts'
import { change, complaints, EVENT, eventFolder, MARK, markOf } from './test-event.ts'

function load(from: string, to: string) {
  return loadEvent(`${eventFolder({ event: change(EVENT, from, to) })}/event.yaml`)
}

test('a share of attendees may have a device, with images and reconnects of its own', () => {
  const [hall] = load(
    'signal: strong, share: 60 %',
    'signal: strong, device: phone, imageWidth: 960, dropEvery: 5m, share: 60 %',
  ).venues
  expect(hall?.access[0]).toEqual({
    ...{ technology: 'wifi_5GHz', signal: 'strong', share: 0.6 },
    ...{ device: 'phone', imageWidth: 960, dropEveryS: 300 },
  })
})

test('without one there is no trace of it in what the PoP is told', () => {
  const [hall] = loadEvent(`${eventFolder()}/event.yaml`).venues
  expect(Object.keys(hall?.access[0] ?? {}).toSorted()).toEqual(['share', 'signal', 'technology'])
  expect(hall?.pop.statedDisk).toBeNull()
})

test('two devices may share a kind of link, each with its own part of the attendees', () => {
  const link = 'technology: wifi_5GHz, signal: strong'
  const item = `- { ${link}, share: 60 % }`
  const two = `- { ${link}, device: phone, share: 40 % }\n      - { ${link}, device: laptop, share: 20 % }`
  expect(
    load(item, two)
      .venues[0]?.access.map(({ device }) => device)
      .slice(0, 2),
  ).toEqual(['phone', 'laptop'])
  const twice = two.replace('laptop', 'phone').replace('\n      - {', `\n      - ${MARK}{`)
  const event = change(EVENT, item, twice)
  expect(complaints({ event })[0]).toBe(
    `${markOf('event.yaml', event)}: phone on wifi_5GHz with strong signal is there twice; add their shares into one`,
  )
})

test('a disk is stated by its kind, by its own times, or by both', () => {
  const disk = (keys: string) => load('platform: k3s', `platform: k3s, ${keys}`).venues[0]?.pop.statedDisk
  expect(disk('disk: emmc')).toEqual({ kind: 'emmc', fsyncMs: null })
  expect(disk('fsync: { p50: 4ms, p99: 40ms }')).toEqual({ kind: null, fsyncMs: { p50: 4, p99: 40 } })
  expect(disk('disk: ssd, fsync: { p50: 2ms, p99: 3ms }')).toEqual({
    kind: 'ssd',
    fsyncMs: { p50: 2, p99: 3 },
  })
})

test('gp3 that is written is stated, gp3 by default is not', () => {
  const remote = (keys: string) => load('platform: ec2', `platform: ec2${keys}`).venues[1]?.pop
  expect(remote('')).toMatchObject({ disk: 'gp3', statedDisk: null })
  expect(remote(', disk: gp3')).toMatchObject({ disk: 'gp3', statedDisk: { kind: 'gp3', fsyncMs: null } })
})
