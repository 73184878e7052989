// The format of an outage file: what is cut, when in the run of show, and for how long.
import * as z from 'zod'
import { DEFAULT_REHEARSE } from './defaults.ts'
import { LINK_TARGETS, PROCESS_TARGETS } from './event.ts'
import { count, expected, listOf, name, oneOf, section, text } from './fields.ts'
import { duration } from './quantity-fields.ts'

const MAX_STEPS = 100
/** The live run happens in real time. */
const LONGEST_REHEARSED = '2m'

const step = section('an outage step', {
  link: oneOf('a link that can be cut', [...LINK_TARGETS])
    .optional()
    .describe('uplink: between a PoP and central. backup-uplink: the second way, where the venue has one.'),
  process: oneOf('a process that can be killed', [...PROCESS_TARGETS])
    .optional()
    .describe(
      'Instead of `link`. pop: the PoP of the venue is killed without a word, as by a power loss, and started again on its disk after the duration.',
    ),
  venue: name('the name of the venue', 'hall').describe('As in the event file.'),
  day: count('days', 1, 1, 60).prefault(1).describe('Day of the event, from 1.'),
  segment: name('the name of a segment', 'poll')
    .optional()
    .describe('Segment of the run of show that `at` counts from; without it, the day’s show start.'),
  at: duration('2m', { min: '0s', max: '24h' }).prefault('0s').describe('Time after the segment’s start.'),
  duration: duration('5m', { min: '1s', max: '24h' }).describe(
    'How long the link is cut, or the process is gone.',
  ),
  rehearse: duration('25s', { min: '1s', max: LONGEST_REHEARSED })
    .optional()
    .describe(
      `Length in a live rehearsal, in real time. Without it the duration, at most ${DEFAULT_REHEARSE}.`,
    ),
})

export const outageFileSchema = section('the outage file', {
  micropop: z
    .literal(1, { error: expected('the version of the format', '1') })
    .describe('Version of this format.'),
  outage: section('outage', {
    name: name('the name of the outage', 'uplink-cut'),
    title: text('a title', 'The uplink is cut in the poll').optional(),
  }),
  steps: listOf(step, 'steps', 1, MAX_STEPS),
})

export type OutageFile = z.output<typeof outageFileSchema>
