import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from './merge-patch.ts'

/** RFC 7396 §2, word by word. */
function apply(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const members = new Map(
    typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : [],
  )
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) members.delete(key)
    else members.set(key, apply(members.get(key), value))
  }
  return Object.fromEntries(members)
}

const scalar = fc.oneof(fc.constant(1), fc.constant('x'), fc.boolean(), fc.constant(null))
const { body } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, scalar, tie('body'), fc.array(scalar, { maxLength: 2 })),
  body: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), tie('value'), { maxKeys: 4 }),
}))
const plain = body.map((value) => JSON.parse(JSON.stringify(value)))

test('a patch applied to the former body gives the new one, or there is none', () => {
  fc.assert(
    fc.property(plain, plain, (from, to) => {
      const patch = mergePatch(from, to)
      if (patch !== null) expect(apply(from, patch)).toEqual(to)
    }),
    { numRuns: 1_000 },
  )
})

test('only what changed is in it', () => {
  const from = { a: 1, b: { c: 2, d: [3] }, e: 5 }
  expect(mergePatch(from, { a: 1, b: { c: 4, d: [3] } })).toEqual({ b: { c: 4 }, e: null })
  expect(mergePatch(from, from)).toEqual({})
  expect(mergePatch({ a: 1 }, { a: { b: 2 } })).toEqual({ a: { b: 2 } })
})

test('there is none for bodies that are no objects, and for a null that is new', () => {
  expect(mergePatch([1], { a: 1 })).toBeNull()
  expect(mergePatch({ a: 1 }, 'text')).toBeNull()
  expect(mergePatch({ a: 1 }, { a: null })).toBeNull()
  expect(mergePatch({}, { a: { b: null } })).toBeNull()
  expect(mergePatch({ a: null, b: 1 }, { a: null, b: 2 })).toEqual({ b: 2 })
})
