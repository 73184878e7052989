// The twin decides nothing that the runtime decides: it runs the runtime's own state machines, and nobody has a second one.
import ts from 'typescript'
import { expect, test } from 'vitest'
import { importsOf, isTestCode, readSources } from './source-tree.ts'

/** By what they decide. Digests of what a log and central have (runtime/queue/reconcile.ts) are not modelled. */
const STATE_MACHINES: Record<string, string[]> = {
  queue: ['runtime/broker/pop-core.ts', 'runtime/broker/commit-groups.ts', 'runtime/broker/shedding.ts'],
  lanes: ['runtime/queue/lane-scheduler.ts', 'runtime/queue/lane-backlog.ts'],
  routing: [
    'runtime/broker/channel-rules.ts',
    'runtime/queue/path-choice.ts',
    'runtime/queue/hedge-budget.ts',
  ],
  retry: ['runtime/queue/uplink-sync.ts', 'runtime/queue/uplink-path.ts', 'runtime/queue/path-window.ts'],
  reconciliation: ['runtime/queue/seen.ts', 'runtime/central/continuation.ts'],
  'rules of central’s transactions': ['runtime/central/waiting-batches.ts', 'runtime/central/sort-out.ts'],
}

const sources = new Map(readSources().map((source) => [source.path, source]))

/** Files whose code runs when the one at `entry` does. */
function reachableFrom(entry: string): Set<string> {
  const reached = new Set<string>()
  const next = [entry]
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    const source = sources.get(path)
    if (!source || reached.has(path)) continue
    reached.add(path)
    next.push(...importsOf(source).flatMap(({ target, typeOnly }) => (target && !typeOnly ? [target] : [])))
  }
  return reached
}

/** Classes and functions that a file declares at its top level, and those of them that it exports. */
function declaredIn(path: string): { name: string; exported: boolean }[] {
  return (sources.get(path)?.tree.statements ?? []).flatMap((node) => {
    if (!(ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node)) || !node.name) return []
    const exported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
    return [{ name: node.name.text, exported }]
  })
}

const machines = Object.values(STATE_MACHINES).flat()

test.each(Object.entries(STATE_MACHINES))('the twin runs the runtime’s own %s', (_, files) => {
  const reached = reachableFrom('simulator/twin.ts')
  expect(files.filter((file) => !reached.has(file))).toEqual([])
})

test('they are the ones that a PoP at a venue and central run', () => {
  const reached = new Set([...reachableFrom('runtime/pop.ts'), ...reachableFrom('runtime/central.ts')])
  expect(machines.filter((file) => !reached.has(file))).toEqual([])
})

test('nothing of what they declare is declared a second time in what the twin runs', () => {
  const own = machines.flatMap((path) =>
    declaredIn(path).flatMap(({ name, exported }) => (exported ? [{ name, path }] : [])),
  )
  expect(own.length).toBeGreaterThanOrEqual(machines.length)
  const twins = [...reachableFrom('simulator/twin.ts')].flatMap((path) =>
    declaredIn(path).map(({ name }) => ({ name, path })),
  )
  const second = own.flatMap(({ name, path }) =>
    twins
      .filter((other) => other.name === name && other.path !== path)
      .map((other) => `${other.path}: ${name} of ${path}`),
  )
  expect(second).toEqual([])
})

test('the twin runs no test code', () => {
  expect([...reachableFrom('simulator/twin.ts')].filter(isTestCode)).toEqual([])
})
