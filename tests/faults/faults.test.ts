// A whole venue under faults that a seed draws: whatever happens, every promise is kept, or the seed is told.
import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { runSeed } from './run-seed.ts'
import { report, runSeeds } from './run-seeds.ts'
import type { Sabotage } from './venue.ts'

/** How long CI looks for a seed that breaks something, in the same seeds each time; `npm run soak` draws new ones. */
const LOOK_FOR_MS = 75_000
const RUNS_MOST = 4_000
/** A machine that is busy with other things gets through this many all the same. */
const RUNS_LEAST = 200
/** Each has broken something, in the product or in this venue, as its faults were drawn then. */
const REGRESSIONS = [
  5_280, 20_740, 1_658_180_955, 1_544_710_190, 1_426_318_372, 1_541_649_733, 8, 29, 35, 101, 116, 154, 332,
]
/** Seeds in which a broken rule must be found: a fraction of what CI runs. */
const FOUND_WITHIN = 200

const given = process.env.SEED === undefined ? null : Number(process.env.SEED)

test.for(given === null ? REGRESSIONS : [given])('seed %i keeps every promise', async (seed) => {
  const broken = await runSeed(seed).then(
    () => null,
    (error: Error) => error,
  )
  if (broken) expect.fail(await report(seed, String(broken.stack)))
})

test('thousands of seeds keep every promise, as many as there is time for', {
  timeout: 2 * LOOK_FOR_MS,
}, async ({ skip }) => {
  skip(given !== null, 'SEED names the one to run')
  const from = 1_000
  const totals = await runSeeds({ from, seeds: RUNS_MOST, signal: AbortSignal.timeout(LOOK_FOR_MS) })
  const { runs, events, acknowledged, polls, destroyed, lost, broken } = totals
  console.log(
    `${runs} seeds from ${from}: ${events} events, ${acknowledged} messages acknowledged, ${polls} polls counted, ` +
      `${destroyed} leaders destroyed with their disks (${lost} messages lost that were acknowledged \`disk\`)`,
  )
  if (broken) expect.fail(await report(broken.seed, broken.why))
  expect(runs).toBeGreaterThan(RUNS_LEAST)
})

test('a seed repeats its run, event by event', async () => {
  const seed = given ?? randomInt(2 ** 31)
  expect(await runSeed(seed)).toEqual(await runSeed(seed))
})

/** What the checker says where a rule is broken on purpose. */
const SABOTAGE: [what: string, sabotage: Sabotage, found: RegExp][] = [
  [
    'the disk says that it has synced and has not',
    { diskLies: true },
    /durable records and has|is not at central|MP_LOG_DAMAGED|is damaged/,
  ],
  [
    'central advances its watermark outside of the transaction',
    { forgetsWatermarks: true },
    /took effect twice/,
  ],
  ['a restart forgets what was seen', { forgetsSeen: true }, /number \d+ of its lane|took effect twice/],
  [
    'a PoP takes over a log that lacks what was shown, in the same term',
    { keepsTerm: true },
    /offset .* was .* and is|regressed|rewound/,
  ],
]

test.for(SABOTAGE)('the checker finds it where %s', { timeout: 60_000 }, async ([, sabotage, found]) => {
  for (let seed = 1; seed <= FOUND_WITHIN; seed++) {
    const broken = await runSeed(seed, { sabotage }).then(
      () => null,
      (error: Error) => error,
    )
    if (broken === null) continue
    expect(broken.message).toMatch(found)
    return
  }
  expect.fail(`not within ${FOUND_WITHIN} seeds`)
})
