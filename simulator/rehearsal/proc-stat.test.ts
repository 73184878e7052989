import { expect, test } from 'vitest'
import { parseStat } from './proc-stat.ts'

/** proc_pid_stat(5): pid (comm) state, then 18 fields, then starttime. */
function stat(comm: string): string {
  return `4711 (${comm}) S ${Array.from({ length: 18 }, (_, i) => i + 1).join(' ')} 987654 123 456\n`
}

test('start time and state are read behind the name', () => {
  expect(parseStat(stat('node'))).toEqual({ state: 'S', startTicks: 987_654 })
})

test('a name with spaces and parentheses does not shift the fields', () => {
  expect(parseStat(stat('a) Z 1 (b'))).toEqual({ state: 'S', startTicks: 987_654 })
})

test('a text that is cut off is nothing', () => {
  expect(parseStat('4711 (node) S 1 2')).toBeNull()
})
