// From zod's issues to mistakes with a place: the sentences are made in fields.ts, here they find their line.
import type * as z from 'zod'
import type { Problem } from './problems.ts'
import type { Path } from './yaml-places.ts'
import type { YamlSource } from './yaml-source.ts'

/** The plain data of `source` by `schema`; every issue joins `problems`, and the result is then undefined. */
export function parseWith<T extends z.ZodType>(
  schema: T,
  source: YamlSource,
  problems: Problem[],
): z.output<T> | undefined {
  for (const { path, place, firstLine } of source.duplicateKeys) {
    const [parent, key] = [path.at(-2), path.at(-1)]
    const message =
      parent === 'venues' && path.length === 2
        ? `venue "${key}" is defined twice, first in line ${firstLine}; give each venue its own name`
        : `key "${key}" is written twice, first in line ${firstLine}; keep one of them`
    problems.push({ place, message })
  }
  const result = schema.safeParse(source.data, { reportInput: true })
  if (result.success) return result.data
  for (const issue of result.error.issues) problems.push(...toProblems(issue, source))
  return undefined
}

function toProblems(issue: z.core.$ZodIssue, source: YamlSource): Problem[] {
  const path = issue.path as Path
  // A union without a sentence of its own is of a short form and a section: what is wrong is told of the one that was
  // meant. The short form is the first.
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const [short = [], section = []] = issue.errors
    const meant = typeof issue.input === 'object' ? section : short
    return meant.flatMap((inner) => toProblems({ ...inner, path: [...path, ...inner.path] }, source))
  }
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      place: source.keyAt([...path, key]),
      message: messages[index] ?? issue.message,
    }))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(({ message }) => ({ place: source.keyAt(path), message }))
  }
  return [{ place: source.valueAt(path), message: issue.message }]
}
