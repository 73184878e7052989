// pop.json: what the runtime is told of the event, and nothing that depends on where it was compiled.
import { expect, test } from 'vitest'
import { popConfigSchema } from '../../runtime/pop-config.ts'
import { PORTS } from '../../runtime/ports.ts'
import { eventWith, hallVenue } from '../testing/events.ts'
import { compilePopConfig, deployedPlace, deployedPopJson } from './pop-json.ts'
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
  const backupUplink = { name: '5g', rateBps: 5e6, rttMs: 60 }
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
