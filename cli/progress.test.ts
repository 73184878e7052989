import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

function written(isTTY: boolean) {
  const texts: string[] = []
  let nowMs = 0
  const progress = createProgress({ isTTY, columns: 40, write: (text) => texts.push(text) }, () => nowMs)
  return { progress, texts, pass: (ms: number) => (nowMs += ms) }
}

test('without a terminal a step is one line when it starts and one when it ends, with how long it took', () => {
  const { progress, texts, pass } = written(false)
  const step = progress.step('Recording the resource graph')
  step.update('12 resources')
  pass(1_234)
  step.done('41 resources')
  expect(texts.join('')).toBe(
    '… Recording the resource graph\n✓ Recording the resource graph: 41 resources (1.2 s)\n',
  )
})

test('a step ends once, whatever is called afterwards', () => {
  const { progress, texts } = written(false)
  const step = progress.step('Simulating')
  step.failed()
  step.done()
  step.update('late')
  expect(texts).toEqual(['… Simulating\n', '✗ Simulating (0.0 s)\n'])
})

test('on a terminal the running step is rewritten in place and never wraps', () => {
  const { progress, texts } = written(true)
  const step = progress.step('Simulating')
  step.update('a detail that is much longer than the terminal is wide')
  const last = texts.at(-1) ?? ''
  expect(last.startsWith('\r\u001b[2K… Simulating: a detail')).toBe(true)
  expect(last.length).toBeLessThanOrEqual('\r\u001b[2K'.length + 39)
  expect(last).not.toContain('\n')
  step.done()
})

test('on a terminal a note appears above the running step, which is drawn again', () => {
  const { progress, texts } = written(true)
  const step = progress.step('Simulating')
  texts.length = 0
  progress.note('k6 is missing')
  expect(texts).toEqual(['\r\u001b[2K', 'k6 is missing\n', '\r\u001b[2K… Simulating (0.0 s)'])
  step.done()
})
