import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { InvalidInput, MicropopError, MissingHere, VoidRun } from '../runtime/errors.ts'
import { failureOf } from './failure.ts'

test('an error that a person can act on keeps its own exit code, and says where, what and what to do', () => {
  const error = new InvalidInput('MP_EVENT_INVALID', 'unknown key `attendes`', 'Write `attendees`.', {
    file: 'event.yaml',
    line: 3,
    column: 5,
  })
  expect(failureOf(error)).toEqual({
    exitCode: 2,
    text: 'event.yaml:3:5: unknown key `attendes` [MP_EVENT_INVALID]\n  Write `attendees`.',
    fault: false,
  })
})

test.each([
  [new MicropopError('MP_NO_GO', 'no go', { exitCode: 1, remedy: 'r' }), 1],
  [new MissingHere('MP_TOOL_MISSING', 'no k6', 'r'), 3],
  [new VoidRun('MP_RUN_VOID', 'late', 'r'), 4],
  [new CommanderError(0, 'commander.helpDisplayed', ''), 0],
  [new CommanderError(1, 'commander.unknownCommand', ''), 2],
])('%s ends with exit code %i', (error, exitCode) => {
  expect(failureOf(error)).toMatchObject({ exitCode, fault: false })
})

test('a port that is taken is a lack of this machine, with its remedy', () => {
  const error = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:7070'), { code: 'EADDRINUSE' })
  const { exitCode, text } = failureOf(error)
  expect(exitCode).toBe(3)
  expect(text).toContain('127.0.0.1:7070')
  expect(text).toContain('choose another port')
})

test.each([new TypeError('x is undefined'), 'a string', undefined])('%s is our own fault', (thrown) => {
  expect(failureOf(thrown)).toMatchObject({ exitCode: 5, fault: true })
})
