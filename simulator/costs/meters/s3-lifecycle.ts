// What a bucket's lifecycle rule moves to a colder class inside the event's window: its share of the storage, the moves, and what deletion before a class's least time costs.
import { LEAST_DAYS, PRICE_BOOK_CLASS } from '../../../infra/event/archive.ts'
import { ARCHIVE_CLASSES, type Archive } from '../../../infra/event/event.ts'
import type { ResourceNode } from '../../../infra/graph.ts'
import type { Usage } from '../../usage.ts'
import { billedGb, type MeterContext, type RatedCharge } from '../charge.ts'
import { type Decimal, decimal, quantityOf, scaled } from '../money.ts'
import { billedMonths, type Window } from '../window.ts'
import { objectOf, objectsOf, textOf } from './inputs.ts'

const LIFECYCLE = 'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration'
const DAY_MS = 86_400_000
const ONE = decimal('1')

export interface Lifecycle {
  /** Of storage in either class, of moves and of early deletion. */
  charges: RatedCharge[]
  /** The colder class, where what is read back is read from. */
  storageClass: string
}

/**
 * Null where nothing is moved. Objects are taken to be there from the start of their usage's window; so a move is billed
 * only where the window lasts longer than the rule waits. Tear-down deletes them at its end, unless the bucket is kept.
 */
export function lifecycleOf(bucket: ResourceNode, context: MeterContext): Lifecycle | null {
  const rule = transitionOf(bucket, context)
  const [usage, ...others] = context.usages.filter(({ meter }) => meter === 's3-storage')
  if (rule === null || usage === undefined || others.length > 0) return null
  const { startMs, endMs } = usage.window
  const movedMs = startMs + rule.days * DAY_MS
  if (movedMs >= endMs) return null
  const storageClass = PRICE_BOOK_CLASS[rule.storageClass]
  const least = LEAST_DAYS[rule.storageClass]
  const gb = steadyGb(usage)
  const stored = (description: string, of: string, window: Window): RatedCharge => ({
    kind: 'rated',
    description,
    rateId: `s3.${of}.storage`,
    quantity: billedMonths(gb, window),
    unit: 'GB-month',
    quantitySource: usage.source,
    window,
  })
  const cold = { startMs: movedMs, endMs }
  const charges = [
    stored('S3 Standard storage', 'standard', { startMs, endMs: movedMs }),
    stored(`S3 ${storageClass} storage`, storageClass, cold),
    ...moves(storageClass, context, cold),
  ]
  const owed = { startMs: endMs, endMs: movedMs + least * DAY_MS }
  if (bucket.inputs.forceDestroy === true && owed.startMs < owed.endMs) {
    // Owed at once, at deletion: part of the event's cost though the time lies after it.
    charges.push({
      ...stored(`S3 ${storageClass}, deleted before ${least} days`, storageClass, owed),
      window: cold,
    })
  }
  return { charges, storageClass }
}

/** The rule that moves objects, of the configuration that names the bucket. */
function transitionOf({ urn }: ResourceNode, { graph }: MeterContext) {
  const rules = graph.resources
    .filter(({ type, dependencies }) => type === LIFECYCLE && dependencies.includes(urn))
    .flatMap(({ inputs }) => objectsOf(inputs, 'rules'))
    .filter((rule) => rule.status === 'Enabled' && textOf(objectOf(rule, 'filter'), 'prefix') === '')
  const [found] = rules.flatMap((rule) => objectsOf(rule, 'transitions'))
  const storageClass = found && textOf(found, 'storageClass')
  if (!found || typeof found.days !== 'number' || !isKnown(storageClass)) return null
  return { days: found.days, storageClass }
}

function isKnown(name: string | null | undefined): name is Archive['storageClass'] {
  return ARCHIVE_CLASSES.some((known) => known === name)
}

/** GB that a quantity of GB-months over a window amounts to, as AWS counts GB. */
function steadyGb({ quantity, window }: Usage): Decimal {
  const held = billedMonths(ONE, window)
  return scaled(billedGb(quantityOf(quantity)), 10n ** BigInt(held.scale), held.digits)
}

/** Every object is moved once, and there are no more objects than writes. */
function moves(storageClass: string, { usages }: MeterContext, window: Window): RatedCharge[] {
  return usages
    .filter(({ meter }) => meter === 's3-put')
    .map(({ quantity, source }) => ({
      kind: 'rated',
      description: `S3 moves to ${storageClass}, at most`,
      rateId: `s3.${storageClass}.transition`,
      quantity: quantityOf(quantity),
      unit: 'request',
      quantitySource: source,
      window,
    }))
}
