// What a lifecycle rule moves to a colder class: its storage, its moves, and deletion before the class's least time.
import { expect, test } from 'vitest'
import { forecast } from '../forecast.ts'
import { bookOf, decimalGb, eventFor, graphOf, resource, used, windowOf } from '../testing/fixtures.ts'

const FROM = '2026-12-01T00:00:00Z'
const BOOK = bookOf(
  's3.standard.storage 0.023 GB-month 0 51200',
  's3.standard.put 0.000005 request',
  's3.standard.get 0.0000004 request',
  's3.glacier.storage 0.0036 GB-month',
  's3.glacier.transition 0.00003 request',
  's3.glacier.retrieval 0.01 GB',
)

/** 62 GB for 31 days of December, in 1,000 objects. */
function bucketFor(days: number | null, { forceDestroy = true, storageClass = 'GLACIER', back = 0 } = {}) {
  const december = windowOf(FROM, 31 * 24)
  const rule = { status: 'Enabled', filter: { prefix: '' }, transitions: [{ days, storageClass }] }
  return forecast(
    graphOf(
      resource('assets', 'aws:s3/bucket:Bucket', { forceDestroy }),
      resource(
        'rules',
        'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
        { rules: [{ id: 'old-versions', status: 'Enabled' }, ...(days === null ? [] : [rule])] },
        { dependencies: ['urn:assets'] },
      ),
    ),
    eventFor(FROM, 31 * 24),
    [
      used('urn:assets', 's3-storage', decimalGb(62), 'GB-month', december),
      used('urn:assets', 's3-put', 1000, 'request', december),
      used('urn:assets', 's3-get', 0, 'request', december),
      ...(back > 0 ? [used('urn:assets', 's3-retrieval', decimalGb(back), 'GB', december)] : []),
    ],
    BOOK,
  )
}
const linesOf = (result: ReturnType<typeof bucketFor>) =>
  result.lines.map(({ description, quantity, amount }) => [description, quantity, amount])

test('a rule that waits longer than the window moves nothing', () => {
  expect(linesOf(bucketFor(31))).toEqual(linesOf(bucketFor(null)))
})

test('what is moved is paid at its class, each object’s move once, and the rest of ninety days at tear-down', () => {
  // Moved after 10 of 31 days: 62 × 10/31 = 20 GB-months Standard at 0.023 = 0.46,
  // 62 × 21/31 = 42 at 0.0036 = 0.1512. 1,000 writes at 0.000005 = 0.005; 1,000 moves at 0.00003 = 0.03.
  // Ninety days from 11 December end on 11 March: January 1 + February 1 + 10/31 of March, 62 GB each:
  // 62 + 62 + 20 = 144 GB-months at 0.0036 = 0.5184.
  expect(linesOf(bucketFor(10))).toEqual([
    ['S3 Standard storage', '20', 460_000_000_000n],
    ['S3 glacier storage', '42', 151_200_000_000n],
    ['S3 moves to glacier, at most', '1000', 30_000_000_000n],
    ['S3 glacier, deleted before 90 days', '144', 518_400_000_000n],
    ['S3 PUT, COPY, POST and LIST requests', '1000', 5_000_000_000n],
    ['S3 GET and other requests', '0', 0n],
  ])
})

test('a bucket that is kept owes nothing for deletion, and what is read back is paid', () => {
  const lines = linesOf(bucketFor(10, { forceDestroy: false, back: 3 }))
  expect(lines.map(([description]) => description)).not.toContain('S3 glacier, deleted before 90 days')
  // 3 GB at 0.01.
  expect(lines.at(-1)).toEqual(['S3 retrieval from glacier', '3', 30_000_000_000n])
})

test('a class without rates is a hole', () => {
  const { unpriced } = bucketFor(10, { storageClass: 'GLACIER_IR' })
  expect(unpriced.map(({ why }) => why)).toContain(
    'the price book has no s3.glacier-ir.storage for eu-west-1',
  )
})
