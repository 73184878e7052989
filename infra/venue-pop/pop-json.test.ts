// pop.json: what the runtime is told of the event, and nothing that depends on where it was compiled.
import { expect, test } from 'vitest'
import { popConfigSchema } from '../../runtime/pop-config.ts'
import { PORTS } from '../../runtime/ports.ts'
import type { K3sPop, Venue } from '../event/event.ts'
import { eventWith, hallVenue } from '../testing/events.ts'
import { compilePopConfig, deployedPlace, deployedPopJson, popJson } from './pop-json.ts'
import { planVenuePop } from './venue-pop-args.ts'

function compiled(venue = hallVenue()) {
  const args = planVenuePop(eventWith(), venue)
  return compilePopConfig(args, deployedPlace(args))
}

test('the queue has the size of the event file, and central its name in the zone', () => {
  expect(compiled()).toMatchObject({
    event: 'summit',
    pop: 'hall',
    uplinks: [{ name: 'hall-line', url: 'wss://central.summit.events.example.com/uplink' }],
    queue: { maxBytes: 20e9 },
    listen: { port: PORTS.pop, adminPort: PORTS.popAdmin },
  })
})

test('a second uplink is a second way to the same central', () => {
  const backupUplink = { name: '5g', technology: '5g' as const, rateBps: 5e6, rttMs: 60 }
  expect(compiled(hallVenue({ backupUplink })).uplinks).toEqual([
    { name: 'hall-line', url: 'wss://central.summit.events.example.com/uplink' },
    { name: '5g', url: 'wss://central.summit.events.example.com/uplink' },
  ])
})

test('a full hall can reconnect at once', () => {
  expect(compiled(hallVenue({ attendees: 6_000 })).limits.sessions).toBe(12_000)
  expect(compiled(hallVenue({ attendees: 6_000 })).door.handshakesBurst).toBe(12_000)
  expect(compiled(hallVenue({ attendees: 10 })).limits.sessions).toBe(5_000)
})

test('a PoP asks for the tokens that the event names; without any it is open, and says that this is meant', () => {
  const key = { kty: 'OKP', crv: 'Ed25519', kid: 'one', alg: 'EdDSA', x: 'A'.repeat(43) } as const
  const auth = { issuer: 'tickets', audience: 'summit', jwks: { keys: [key] } }
  const spec = eventWith({ auth })
  const args = planVenuePop(spec, hallVenue())
  expect(compilePopConfig(args, deployedPlace(args))).toMatchObject({ auth, door: { allowOpen: false } })
  expect(compiled()).toMatchObject({ auth: 'open', door: { allowOpen: true } })
})

test('channel rules and standing aggregates are those of the event', () => {
  const channels = [{ match: 'room.*', partitions: 4, slow: [], upstream: 'none', relay: true } as const]
  const standing = [{ name: 'marks', ch: 'collect.mark', agg: { is: 'count' }, everyMs: 9_000 } as const]
  const args = planVenuePop(
    eventWith({ channels: [...channels] as never, standing: [...standing] }),
    hallVenue(),
  )
  expect(compilePopConfig(args, deployedPlace(args))).toMatchObject({ channels, standing })
  expect(compiled().standing).toMatchObject([{ name: 'polls' }])
})

test('a drain is as fast as the cores of the machine take reconnects', () => {
  const pop = { ...(hallVenue().pop as K3sPop), cores: 8, reconnectMs: 4 }
  expect(compiled(hallVenue({ pop })).drain).toMatchObject({ cores: 8, handshakeMs: 4 })
  expect(compiled(eventWith().venues[1] as Venue).drain).toMatchObject({ cores: 2 })
})

test('an encrypted queue has its key where the machine puts it', () => {
  const pop = { ...(hallVenue().pop as K3sPop), encryptQueue: true }
  expect(compiled(hallVenue({ pop })).queue.keyFile).toBe('/run/micropop/queue-key')
  expect(compiled().queue.keyFile).toBeNull()
})

test('the text says nothing that a PoP takes by default, and means the same', () => {
  const json = JSON.parse(popJson(compiled()))
  expect(json).not.toHaveProperty('standing')
  expect(json.queue).toEqual({ maxBytes: 20e9, segmentBytes: 16 * 2 ** 20 })
  expect(json.door).toEqual({ allowOpen: true })
  expect(popConfigSchema.parse(json)).toEqual(compiled())
})

test('on a machine of its own the admin port is closed to the network', () => {
  const args = planVenuePop(eventWith(), eventWith().venues[1] as never)
  expect(deployedPlace(args).listen.adminHost).toBe('127.0.0.1')
  expect(compiled().listen.adminHost).toBe('0.0.0.0')
})

test('the text is the configuration of the named venue, and another name is refused with those there are', () => {
  const text = deployedPopJson(eventWith(), 'hall')
  expect(popConfigSchema.parse(JSON.parse(text))).toEqual(compiled())
  expect(text.endsWith('}\n')).toBe(true)
  expect(() => deployedPopJson(eventWith(), 'attic')).toThrow(
    expect.objectContaining({ code: 'MP_VENUE_UNKNOWN', remedy: 'Name one of its venues: hall, remote.' }),
  )
})
