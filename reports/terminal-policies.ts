// Ways of buying machines for the terminal: cost, risk and break-even of each, then cash by month.
import type { PolicyComparison, PolicyCost } from '../simulator/costs/purchase/policies-result.ts'
import { share, spotShareTexts } from './factors.ts'
import { counted, formatUsd } from './format.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 110
const MONTHS_SHOWN = 13

export function renderPoliciesText(result: PolicyComparison): string {
  const { name, events, eventDays, pools, spotShares, policies, draws } = result
  const known = policies.filter(({ cash }) => cash !== null)
  const holes = policies.filter(({ cash }) => cash === null)
  return `${[
    `${plain(name)}: ways of buying its machines on EC2, for ${counted(events.length, 'event')} with ${counted(eventDays, 'event day')}`,
    ...pools.map(
      ({ region, instanceType, discount, peak, hours }) =>
        `  ${instanceType} in ${region}: ${hours.toFixed(1)} machine hours, ${peak} at once${discounted(discount)}`,
    ),
    '',
    ...costs(known, draws !== null),
    ...(holes.length === 0
      ? []
      : [
          '',
          'Not compared, for want of a rate',
          ...holes.flatMap(({ label, missing }) => wrapped(`${label}: ${missing.join(', ')}`, WIDTH, '  ')),
        ]),
    ...centralLines(result),
    ...(draws === null ? [] : ['', ...cashByMonth(known)]),
    '',
    ...wrapped(
      'Attributed is the share of the hours in use; cash is all that is paid over the term, used or not. Risk is expected interruptions times five minutes of sponsors’ income, or, with unlimited credits, the most that surplus could cost. On demand, a burstable machine is throttled when its credits are gone.',
      WIDTH,
    ),
    ...spotShareTexts(spotShares).flatMap((text) => wrapped(plain(text), WIDTH)),
    ...(draws === null
      ? []
      : wrapped(
          `Regret is what it costs more than the cheapest way if half of the events are cancelled, over ${draws.count} draws (seed ${draws.seed}).`,
          WIDTH,
        )),
  ].join('\n')}\n`
}

/** On demand and under each commitment that has a rate; those without one are named. */
function centralLines({ central }: PolicyComparison): string[] {
  if (central.length === 0) return []
  const holes = central.flatMap(({ region, commitments }) =>
    commitments.flatMap(({ missing }) => (missing === null ? [] : [`${missing} for ${region}`])),
  )
  const rows = central.flatMap(({ rateId, region, onDemand, commitments }) => [
    [`${rateId} in ${region}`, 'on demand', onDemand === null ? 'no rate' : usd(onDemand), usd(onDemand), ''],
    ...commitments
      .filter(({ cash }) => cash !== null)
      .map(({ label, attributed, cash, breakEvenDays }) => [
        ...['', label, usd(attributed), usd(cash)],
        breakEvenDays === null ? '' : `${breakEvenDays} d`,
      ]),
  ])
  return [
    '',
    ...columns(
      [['Central services', 'Way of buying', 'Attributed', 'Cash', 'Break-even'], ...rows],
      [0, 1],
      2,
    ),
    ...(holes.length === 0
      ? []
      : wrapped(`Commitments that are not compared, for want of a rate: ${holes.join(', ')}`, WIDTH, '  ')),
  ]
}

function usd(amount: bigint | null | undefined): string {
  return amount === null || amount === undefined ? '' : formatUsd(amount)
}

function costs(policies: readonly PolicyCost[], many: boolean): string[] {
  const headings = [
    'Way of buying',
    'Up front',
    'Attributed',
    'Cash',
    'Risk',
    'Missed levels',
    'Used',
    'Break-even',
  ]
  return columns(
    [
      [...headings, ...(many ? ['Regret', 'at worst'] : []), 'Oldest rate'],
      ...policies.map((policy) => [
        policy.label,
        ...[policy.upfront, policy.attributed, policy.cash, policy.risk].map(usd),
        missed(policy),
        policy.utilisation === null ? '' : `${(policy.utilisation * 100).toFixed(1)} %`,
        breakEven(policy),
        ...(many ? [usd(policy.regret?.expected), usd(policy.regret?.worst)] : []),
        policy.oldestRate ?? '',
      ]),
    ],
    [0],
    2,
  )
}

/** Levels of recovery that interruptions are expected to miss; blank where nothing can be taken back. */
function missed({ interruptions, missedLevels }: PolicyCost): string {
  return interruptions === 0 ? '' : `${missedLevels.toPrecision(2)} expected`
}

function discounted(discount: number): string {
  return discount === 0 ? '' : `, ${share(discount)} off every price as agreed`
}

function breakEven({ breakEvenDays, termDays }: PolicyCost): string {
  if (breakEvenDays === null || termDays === null) return ''
  return breakEvenDays > termDays ? `never (${breakEvenDays} d)` : `${breakEvenDays} d`
}

function cashByMonth(policies: readonly PolicyCost[]): string[] {
  const chosen = policies.filter(({ policy }) =>
    ['on-demand', 'mixed-reserved', 'reserved-1y-no-upfront', 'reserved-1y-all-upfront'].includes(policy),
  )
  const all = [...new Set(chosen.flatMap(({ months }) => months.map(({ month }) => month)))].sort()
  return columns(
    [
      ['Cash / amortised by month', ...chosen.map(({ label }) => label)],
      ...all.slice(0, MONTHS_SHOWN).map((month) => [
        month,
        ...chosen.map(({ months }) => {
          const flow = months.find((each) => each.month === month)
          return flow ? `${formatUsd(flow.cash)} / ${formatUsd(flow.amortised)}` : '–'
        }),
      ]),
    ],
    [0],
    2,
  )
}
