// What `micropop forecast --so-far` names: a file of measured usage, or running PoPs at their admin ports.
import type { EventSpec } from '../infra/event/event.ts'
import { InvalidInput } from '../runtime/errors.ts'
import type { PopToMeasure } from '../simulator/costs/so-far/pop-usage.ts'
import type { MeasuredFrom } from '../simulator/costs/so-far/so-far.ts'
import type { Scenario } from '../simulator/scenario.ts'
import { abortSignal } from './abort.ts'

/** For each PoP. */
const TIMEOUT_MS = 10_000
const POPS_MAX = 100
/** A port alone is of this machine, where port-forwards end; what looks like an address is taken for one. */
const POP = /^(?:([a-z0-9-]{1,40})=)?([a-z][a-z0-9+.-]*:\/\/.*|:\d+)$/i

/**
 * Reads at once what is named, and says what it means once the event's resources are known. Errors: MP_OPTION, MP_ADMIN_URL,
 * MP_POP_SILENT, MP_POP_USAGE, MP_USAGE_INVALID.
 */
export async function readSoFar(
  given: readonly string[],
  event: EventSpec,
): Promise<((scenario: Scenario) => MeasuredFrom) | null> {
  const [file] = given
  if (file === undefined) return null
  const { adminOrigin } = await import('../runtime/operations/ask-status.ts')
  const pops = given.flatMap((text): PopToMeasure[] => {
    const [, venue = null, url] = POP.exec(text) ?? []
    if (url === undefined) return []
    return [{ venue, origin: adminOrigin(url.startsWith(':') ? `http://127.0.0.1${url}` : url) }]
  })
  if (pops.length === 0 && given.length === 1) {
    const { readMeasuredUsage } = await import('../simulator/costs/so-far/read-usage.ts')
    const measured = readMeasuredUsage(file)
    return () => ({ measured, file })
  }
  if (pops.length < given.length || pops.length > POPS_MAX) {
    throw new InvalidInput(
      'MP_OPTION',
      `--so-far names ${pops.length < given.length ? 'a file and something besides' : `more than ${POPS_MAX} PoPs`}`,
      'Give one file, or the admin port of each PoP: --so-far http://127.0.0.1:7071.',
    )
  }
  for (const { venue } of pops) {
    if (venue === null || event.venues.some(({ name }) => name === venue)) continue
    throw new InvalidInput(
      'MP_OPTION',
      `--so-far names ${venue}, which is no venue of ${event.name}`,
      `Give one of ${event.venues.map(({ name }) => name).join(', ')}: --so-far VENUE=http://127.0.0.1:7071.`,
    )
  }
  return readPops(pops, event)
}

async function readPops(
  pops: readonly PopToMeasure[],
  event: EventSpec,
): Promise<(scenario: Scenario) => MeasuredFrom> {
  const [{ askPopUsage }, { checkPops, usageOfPops }] = await Promise.all([
    import('../runtime/operations/ask-usage.ts'),
    import('../simulator/costs/so-far/pop-usage.ts'),
  ])
  const abort = abortSignal()
  const asked = await Promise.all(
    pops.map(async (to) => {
      const signal = AbortSignal.any([abort, AbortSignal.timeout(TIMEOUT_MS)])
      return { to, usage: await askPopUsage(to.origin, signal) }
    }),
  ).catch((error) => {
    abort.throwIfAborted()
    throw error
  })
  const nowMs = Date.now()
  checkPops(asked, event)
  const usages = asked.map(({ usage }) => usage)
  return (scenario) => ({
    measured: usageOfPops(usages, scenario, nowMs),
    file: pops.map(({ origin }) => origin).join(', '),
  })
}
