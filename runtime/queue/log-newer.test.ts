import { expect, test } from 'vitest'
import type { Checkpoint } from './record.ts'
import { SegmentLog } from './segment-log.ts'
import { ModelledDisk } from './testing/modelled-disk.ts'
import { openLog } from './testing/open-log.ts'

test('a log that a later version wrote is refused as such, and nothing of it is changed: that version goes on with it', async () => {
  const disk = new ModelledDisk()
  const later = await SegmentLog.open(disk, {
    ...{ segmentBytes: 1_000, maxBytes: 1e9, onDamage: () => {}, replay: () => {} },
    checkpoint: () =>
      ({
        ...{
          version: 4,
          log: 'log-1',
          lastLaneSeq: {},
          applied: {},
          channels: {},
          seen: [],
          position: 0,
          parts: {},
        },
      }) as unknown as Checkpoint,
  })
  await later.close()
  const before = disk.operations
  await expect(openLog(disk)).rejects.toMatchObject({
    code: 'MP_LOG_NEWER',
    exitCode: 3,
    remedy: expect.stringContaining('Run the micropop that wrote it'),
  })
  expect(disk.operations).toBe(before)
})
