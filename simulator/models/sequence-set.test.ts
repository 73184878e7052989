import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SequenceSet } from './sequence-set.ts'

const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 80 })

test('tells what has come, and how much of it has not come to another', () => {
  fc.assert(
    fc.property(numbers, numbers, (here, there) => {
      const [a, b] = [new SequenceSet(), new SequenceSet()]
      const [modelA, modelB] = [new Set<number>(), new Set<number>()]
      for (const seq of here) {
        expect(a.add(seq)).toBe(!modelA.has(seq))
        modelA.add(seq)
      }
      for (const seq of there) {
        b.add(seq)
        modelB.add(seq)
      }
      for (let seq = 1; seq <= 61; seq++) expect(a.has(seq)).toBe(modelA.has(seq))
      expect(a.missingFrom(b)).toBe([...modelA].filter((seq) => !modelB.has(seq)).length)
    }),
  )
})
