// A schedule as the text of an outage file, placed by day and segment of the run of show.
import { stringify } from 'yaml'
import type { EventSpec, OutageStep } from '../../infra/event/event.ts'
import { formatDuration } from '../../infra/event/units.ts'
import { dayAt } from '../workload/show-day.ts'

/** `comment`: a line that says where it comes from. */
export function outageFileText(
  event: EventSpec,
  steps: readonly OutageStep[],
  { name, title, comment }: { name: string; title: string; comment: string },
): string {
  const file = {
    micropop: 1,
    outage: { name, title },
    steps: steps.map(({ target, venue, startS, durationS, rehearseS }) => {
      const day = dayAt(event, startS)
      const atS = startS - day.startS
      const segment = event.runOfShow.findLast((of) => of.startS <= atS)
      return {
        ...(target === 'pop' ? { process: target } : { link: target }),
        venue,
        ...(event.days > 1 && { day: day.index + 1 }),
        ...(segment && { segment: segment.name }),
        at: formatDuration(atS - (segment?.startS ?? 0)),
        duration: formatDuration(durationS),
        rehearse: formatDuration(rehearseS),
      }
    }),
  }
  return `# ${comment}\n${stringify(file)}`
}
