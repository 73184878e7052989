// An open PoP is reachable from elsewhere only where that was said.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type PopConfig, popConfigSchema } from '../pop-config.ts'
import { checkOpenDoor } from './open-door.ts'

function said(host: string, door: Partial<PopConfig['door']> = {}, auth: unknown = 'open'): string[] {
  const lines: string[] = []
  const config = {
    auth,
    door: popConfigSchema.shape.door.parse(door),
    listen: { host },
  } as PopConfig
  checkOpenDoor(config, pino({}, { write: (line: string) => lines.push(line) }))
  return lines
}

test.each(['127.0.0.1', '::1', 'localhost'])('open on %s is nobody else’s business', (host) => {
  expect(said(host)).toEqual([])
})

test.each(['0.0.0.0', '::', '192.168.1.5', 'pop.example.org'])(
  'open on %s does not start by accident',
  (host) => {
    expect(() => said(host)).toThrow(expect.objectContaining({ code: 'MP_OPEN_DOOR', exitCode: 2 }))
    const lines = said(host, { allowOpen: true })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('the door is open')
  },
)

test('behind a proxy loopback is reached from elsewhere too', () => {
  const door = { trustedProxies: ['127.0.0.1/32'] }
  expect(() => said('127.0.0.1', door)).toThrow(expect.objectContaining({ code: 'MP_OPEN_DOOR' }))
})

test('a PoP that asks for tokens may listen anywhere', () => {
  expect(said('0.0.0.0', {}, { issuer: 'i', audience: 'a', jwks: { keys: [] } })).toEqual([])
})
