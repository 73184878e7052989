// What `micropop queue` prints for a person.
import { formatBytes, formatCount, formatInstant, formatSeconds } from '../reports/format.ts'
import { columns, plain } from '../reports/plain-text.ts'
import { LANES } from '../runtime/protocol/lanes.ts'
import type { LogSurvey } from '../runtime/queue/log-survey.ts'

type Soundness = Pick<LogSurvey, 'segments' | 'records' | 'bytes' | 'torn' | 'damage'>

/** `nowMs`: the wall clock. */
export function queueText(survey: LogSurvey, nowMs: number): string {
  const { oldestUnsyncedT, lanes, fileBytes } = survey
  const facts = [
    ['log', plain(survey.log ?? 'unknown')],
    ['encrypted', encryption(survey)],
    [
      'segments',
      `${formatCount(survey.segments)}, ${formatBytes(survey.bytes)} of log in ${formatBytes(fileBytes)} of files`,
    ],
    ['records', `${formatCount(survey.records)}, of which ${formatCount(survey.shed)} were shed`],
    ['channels', `${formatCount(survey.streams)}, partitions counted singly`],
    ['clients', formatCount(survey.clients)],
    [
      'oldest unsynced',
      oldestUnsyncedT === null
        ? 'none'
        : `${formatInstant(oldestUnsyncedT)}, ${formatSeconds(Math.round((nowMs - oldestUnsyncedT) / 1_000))} ago`,
    ],
  ]
  const rows = LANES.map((lane) => {
    const { first, last, applied, backlog } = lanes[lane]
    return [lane, ...[first, last, applied, backlog].map((count) => formatCount(count))]
  })
  return [
    ...columns(facts, [0, 1]),
    '',
    ...columns([['lane', 'oldest here', 'newest', 'at central', 'backlog'], ...rows]),
    '',
    'At central: as of when the newest segment was opened; a running PoP may have synced more since.',
    ...soundnessLines(survey),
  ].join('\n')
}

function encryption({ encrypted, underOlderKeys }: LogSurvey): string {
  if (!encrypted) return 'no'
  return underOlderKeys === 0
    ? 'yes, all with the newest key'
    : `yes, ${formatCount(underOlderKeys)} blocks with an older key, which must stay in the key file`
}

export function soundnessText(survey: Soundness): string {
  return soundnessLines(survey).join('\n')
}

function soundnessLines({ damage, torn, segments, records, bytes }: Soundness): string[] {
  const read = `${formatCount(segments)} segments, ${formatCount(records)} records, ${formatBytes(bytes)}`
  const tail = torn
    ? [`${torn.file} ends at byte ${torn.offset} with a commit that is cut short or being written: no loss.`]
    : []
  if (damage.length === 0) return [`Sound: ${read}.`, ...tail]
  const places = damage.map(
    ({ file, offset, what }) => `  ${file}${offset === null ? '' : `:${offset}`}  ${what}`,
  )
  return [`DAMAGED: ${damage.length} places in ${read}.`, ...places, ...tail]
}
