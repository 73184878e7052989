// The rules of the house that a compiler does not check: who may import whom, and who may read the clock.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { type Import, importsOf, isTestCode, nodesOf, placeOf, ROOT, readSources } from './source-tree.ts'

/**
 * The rim: files that may read the clock, set timers and draw true randomness, and why. Everything else is handed
 * its time and its randomness, so that the twin and the tests can decide them.
 */
const ADAPTERS: Record<string, string> = {
  'bench/': 'measures how long things take',
  'cli/': 'the command itself: what a person sees and stops',
  'runtime/assets/images-plugin.ts': 'says how long an image took',
  'runtime/broker/session-server.ts':
    'sockets: pings, the limit on a silent hello, ends of turns of the event loop',
  'runtime/broker/ws-server.ts': 'sockets: the limit on closing',
  'runtime/central/admin.ts': 'sockets: the limit on a slow health check',
  'runtime/central/retention.ts': 'lets old messages go now and then',
  'runtime/central/server.ts': 'sockets: pings, and the limit on closing',
  'runtime/follower.ts': 'the entry point hands true randomness in',
  'runtime/nats/central-uplinks.ts': 'tries to have the hub back, and looks for silent PoPs',
  'runtime/nats/relay.ts': 'hands a batch over again that the PoP had no room for',
  'runtime/nats/stream-ingest.ts': 'tries the store again',
  'runtime/nats/testing/test-pop.ts': 'drives a PoP for tests as the real driver does',
  'runtime/pop.ts': 'the entry point hands true randomness in, and the end of a turn of the event loop',
  'runtime/pop/drain-sessions.ts': 'a real deadline',
  'runtime/pop/front.ts': 'batches end with a turn of the event loop',
  'runtime/pop/clock.ts': 'the clock of a real PoP',
  'runtime/pop/spot-watch.ts': 'asks again whether the machine is taken back',
  'runtime/pop/core-driver.ts': 'wakes the state machine when it asked to be woken',
  'runtime/queue/reconcile-driver.ts': 'wakes the comparison with central when it asked to be woken',
  'runtime/replica/replica-follower.ts': 'sockets: the limit on a silent leader, and tries again',
  'runtime/replica/replica-leader.ts': 'sockets: beats, and the limit on a silent follower',
  'runtime/replica/replica.test.ts':
    'two PoPs over a real socket: times commits, and waits for what a socket brings',
  'simulator/costs/reconcile/bill-database.ts': 'tells a database to stop until it has heard',
  'simulator/rehearsal/attendee.k6.ts': 'a live attendee, inside k6',
  'simulator/rehearsal/attendee.ts': 'a live attendee, inside k6',
  'simulator/rehearsal/clock.ts': 'the clock of a live run',
  'simulator/sweep/worker.ts': 'looks for work now and then, and says that it is still at it',
  'simulator/twin.ts': 'lets Node hear Ctrl-C between slices of simulated time',
  'tests/faults/event-queue.ts': 'lets what is asynchronous come to its end between two events',
  'tests/image.test.ts': 'says how long a machine takes to its first session',
  'tests/invoice.test.ts': 'measures what clients saw, to compare it with what is invoiced',
  'tools/': 'set-up and data builds, outside the product',
}

/** A table of cases may be longer than what it tests. */
const MAX_LINES = { product: 400, test: 500 }

/** What infra may know of the runtime: what it configures, never how that works. */
const RUNTIME_FOR_INFRA = [
  'runtime/ports.ts',
  'runtime/pop-config.ts',
  'runtime/errors.ts',
  'runtime/queries/parse.ts',
  'runtime/nats/server-config.ts',
]

/** What reports render, of which they import the types only. Besides, they may raise the product's errors. */
const FOR_REPORTS = /^(simulator\/(.+-result|usage)\.ts|infra\/event\/event\.ts)$/

/** True where the file at `from` may import the one at `to`; the first matching row decides. */
const DIRECTIONS: [from: string, may: (to: string, found: Import) => boolean][] = [
  ['runtime/protocol/', (to) => to.startsWith('runtime/protocol/')],
  ['runtime/', (to) => to.startsWith('runtime/')],
  ['infra/guardrails/', (to) => /^(infra|runtime|simulator|reports)\//.test(to)],
  ['infra/', (to) => RUNTIME_FOR_INFRA.includes(to) || /^infra\/(?!guardrails\/)/.test(to)],
  ['simulator/', (to) => /^(simulator|infra|runtime)\/(?!guardrails\/)/.test(to)],
  [
    'reports/',
    (to, found) =>
      to.startsWith('reports/') || to === 'runtime/errors.ts' || (found.typeOnly && FOR_REPORTS.test(to)),
  ],
  ['cli/', (to) => /^(cli|reports|simulator|infra|runtime)\/(?!guardrails\/)/.test(to)],
  ['tools/setup', (to) => to.startsWith('tools/setup')],
  ['tools/', (to) => !to.startsWith('cli/')],
  ['tests/', (to) => !to.startsWith('cli/')],
  ['bench/', (to) => !to.startsWith('cli/')],
  ['scenarios/', (to) => !to.startsWith('cli/')],
]

/** Parts that run in a browser or inside k6 too, where no package is. */
const NO_PACKAGES = ['runtime/protocol/']

const CLOCK_CALLS = new Set(['Date.now', 'performance.now', 'process.hrtime', 'Math.random'])
const TIMERS = new Set(['setTimeout', 'setInterval', 'setImmediate'])
const TIMER_MODULES = new Set(['node:timers', 'node:timers/promises', 'k6/timers'])

const sources = readSources()

test('there are sources to hold to the rules', () => {
  expect(sources.length).toBeGreaterThan(50)
})

test('imports point one way: cli → reports, simulator, infra, runtime; nothing points back', () => {
  const violations = sources.flatMap((source) => {
    const row = DIRECTIONS.find(([from]) => source.path.startsWith(from))
    return importsOf(source).flatMap((found) => {
      if (found.target === null || row?.[1](found.target, found)) return []
      return `${found.place}: may not import ${found.typeOnly ? 'the types of ' : ''}${found.target}`
    })
  })
  expect(violations).toEqual([])
})

test('the wire imports no package, so that browsers and k6 can use it as it stands', () => {
  const violations = sources
    .filter(({ path }) => NO_PACKAGES.some((folder) => path.startsWith(folder)) && !isTestCode(path))
    .flatMap(importsOf)
    .filter(({ target }) => target === null)
  expect(violations.map(({ place, specifier }) => `${place}: imports ${specifier}`)).toEqual([])
})

test('the product imports nothing that only tests use', () => {
  const violations = sources
    // A bench is no product: it may start the servers and take the random streams that tests do.
    .filter(({ path }) => !isTestCode(path) && !path.startsWith('bench/'))
    .flatMap(importsOf)
    .filter(({ target }) => target !== null && isTestCode(target))
  expect(violations.map(({ place, target }) => `${place}: imports ${target}`)).toEqual([])
})

test('every relative import names a file that exists', () => {
  const violations = sources
    .flatMap(importsOf)
    .filter(({ target }) => target !== null && !existsSync(join(ROOT, target)))
  expect(violations.map(({ place, specifier }) => `${place}: there is no ${specifier}`)).toEqual([])
})

/** The name of a call or value that reads the clock, sets a timer or draws randomness; null for anything else. */
function impurity(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText()}.${node.name.text}`.replace('globalThis.', '')
    return CLOCK_CALLS.has(name) ? name : null
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
    return 'new Date()'
  }
  if (ts.isImportDeclaration(node)) {
    const module = (node.moduleSpecifier as ts.StringLiteral).text
    return TIMER_MODULES.has(module) ? module : null
  }
  if (!ts.isIdentifier(node) || !TIMERS.has(node.text)) return null
  const isName = ts.isImportSpecifier(node.parent) || ts.isTypeQueryNode(node.parent)
  return isName ? null : node.text
}

const impurities = sources.flatMap((source) =>
  [...nodesOf(source.tree)].flatMap((node) => {
    const what = impurity(node)
    return what === null ? [] : { path: source.path, text: `${placeOf(source, node)}: ${what}` }
  }),
)

test('only adapters read the clock, set timers or draw randomness; tests never wait for time to pass', () => {
  const inside = (path: string) => Object.keys(ADAPTERS).some((adapter) => path.startsWith(adapter))
  expect(impurities.filter(({ path }) => !inside(path)).map(({ text }) => text)).toEqual([])
})

test('every declared adapter is one', () => {
  const idle = Object.keys(ADAPTERS).filter(
    (adapter) => !impurities.some(({ path }) => path.startsWith(adapter)),
  )
  expect(idle).toEqual([])
})

test('every source file opens with one line that says what it is about', () => {
  const violations = sources
    .filter(({ path, text }) => !path.endsWith('.test.ts') && !/^(#!.*\n)?\/\/ \S/.test(text))
    .map(({ path }) => `${path}:1: no opening comment`)
  expect(violations).toEqual([])
})

test(`no file is longer than ${MAX_LINES.product} lines, no test than ${MAX_LINES.test}`, () => {
  const violations = sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ path, lines }) => lines > (isTestCode(path) ? MAX_LINES.test : MAX_LINES.product))
  expect(violations.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([])
})

test('no error is caught and forgotten', () => {
  const violations = sources.flatMap((source) =>
    [...nodesOf(source.tree)]
      .filter((node) => ts.isCatchClause(node) && node.block.getText().replace(/\s/g, '') === '{}')
      .map((node) => `${placeOf(source, node)}: empty catch`),
  )
  expect(violations).toEqual([])
})

test('no test is singled out, switched off or left for later', () => {
  const violations = sources.flatMap((source) =>
    [...nodesOf(source.tree)]
      .filter(ts.isPropertyAccessExpression)
      .filter((node) => /^(test|it|describe)\.(only|skip|todo)$/.test(node.getText()))
      .map((node) => `${placeOf(source, node)}: ${node.getText()}`),
  )
  expect(violations).toEqual([])
})
