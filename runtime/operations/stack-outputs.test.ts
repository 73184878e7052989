import { expect, test } from 'vitest'
import { InvalidInput } from '../errors.ts'
import { popsOfStack } from './stack-outputs.ts'

const of = (outputs: unknown) => popsOfStack(JSON.stringify(outputs), 'out.json')

test('an address for each venue, where `popUrl` says more than the name', () => {
  const popAddresses = {
    hall: { name: 'hall.summit.example', publicIp: '192.0.2.1' },
    foyer: { name: 'f.example' },
  }
  expect(of({ popAddresses, popUrl: { hall: 'https://hall.summit.example' }, bucket: 'b' })).toEqual([
    { venue: 'hall', url: 'https://hall.summit.example' },
    { venue: 'foyer', url: 'http://f.example:7070' },
  ])
  expect(of({ popUrl: 'https://only.example' })).toEqual([{ venue: 'pop', url: 'https://only.example' }])
})

test.for(['[]', 'null', 'no JSON', '{}', '{"popUrl":7}', '{"popAddresses":{"hall":null}}'])(
  'what names no PoP is refused with the command that writes it: %s',
  (text) => {
    expect(() => popsOfStack(text, 'out.json')).toThrow(InvalidInput)
    try {
      popsOfStack(text, 'out.json')
    } catch (error) {
      expect(error).toMatchObject({ code: 'MP_STACK_OUTPUT', place: { file: 'out.json' } })
    }
  },
)
