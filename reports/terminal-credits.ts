// CPU credits of a load for the terminal: a row a step, the balance as a line of blocks, and what the surplus costs.
import type { CreditComparison, CreditReport } from '../simulator/costs/credits-result.ts'
import { exactUsd, formatQuantity } from './format.ts'
import { columns } from './plain-text.ts'

const SPARK = '▁▂▃▄▅▆▇█'
const SPARK_COLUMNS = 72

export function renderCreditsText(report: CreditReport): string {
  const { mode, steps, throttledMinutes } = report
  return `${[
    machine(report, mode),
    '',
    ...columns(
      [
        ['Load', 'Ends at hour', 'Balance', 'Surplus', 'Charged', 'Throttled min'],
        ...steps.map(({ hours, cpuPct, hour, balance, surplus, charged, throttledMinutes: minutes }) => [
          `${hours} h at ${cpuPct} %`,
          ...[hour, balance, surplus, charged, minutes].map(number),
        ]),
      ],
      [0],
      2,
    ),
    '',
    ...balances(report),
    '',
    `Balance ${number(report.balance)}, surplus ${number(report.surplus)}, charged ${number(report.charged)} credits, throttled ${number(throttledMinutes)} minutes`,
    ...price(report),
  ].join('\n')}\n`
}

/** Both modes step by step: what standard throttles, and what unlimited owes and is billed instead. */
export function renderCreditComparisonText({ standard, unlimited }: CreditComparison): string {
  const { rateUsd, rateSource, usd, usdWhenStopped } = unlimited
  return `${[
    machine(standard, 'standard and unlimited'),
    '',
    ...columns(
      [
        [
          ...['Load', 'Ends at hour', 'Standard: balance', 'throttled min'],
          ...['Unlimited: balance', 'surplus', 'charged'],
        ],
        ...standard.steps.map(({ hours, cpuPct, hour, balance, throttledMinutes }, i) => {
          const other = unlimited.steps[i]
          return [
            `${hours} h at ${cpuPct} %`,
            ...[hour, balance, throttledMinutes].map(number),
            ...[other?.balance ?? 0, other?.surplus ?? 0, other?.charged ?? 0].map(number),
          ]
        }),
      ],
      [0],
      2,
    ),
    '',
    ...[standard, unlimited].flatMap((report) => [report.mode, ...balances(report)]),
    '',
    `Standard is throttled for ${number(standard.throttledMinutes)} minutes and billed nothing more.`,
    rateSource === null || usd === null || usdWhenStopped === null
      ? `What unlimited is billed is not known: ${noPrice(unlimited)}.`
      : `Unlimited is never throttled and billed ${exactUsd(usd)}, ${exactUsd(usdWhenStopped)} when it is stopped then: ${rateUsd} USD for a vCPU-hour (${rateSource.id}, ${rateSource.date}).`,
  ].join('\n')}\n`
}

function number(value: number): string {
  return formatQuantity(String(value))
}

function machine(
  { instanceType, vcpus, creditsPerHour, maxCredits, baselinePct }: CreditReport,
  mode: string,
): string {
  return `${instanceType} ${mode}: ${vcpus} vCPUs, ${creditsPerHour} credits an hour, at most ${maxCredits}, baseline ${baselinePct} % of each vCPU`
}

/** The balance as a line of blocks, and the surplus where there is any. */
function balances({ trace, maxCredits }: CreditReport): string[] {
  const lines = [
    `Balance  ${spark(
      trace.map(({ balance }) => balance),
      maxCredits,
    )}`,
  ]
  if (trace.every(({ surplus }) => surplus === 0)) return lines
  const surplus = trace.map((point) => point.surplus)
  return [...lines, `Surplus  ${spark(surplus, maxCredits)}`]
}

function noPrice({ region }: CreditReport): string {
  return `the price book has no price of surplus credits for ${region}`
}

function price(report: CreditReport): string[] {
  const { usd, usdWhenStopped, rateUsd, rateSource } = report
  if (usd === null || usdWhenStopped === null || rateSource === null) {
    return [`Not priced: ${noPrice(report)}`]
  }
  return [
    `Billed ${exactUsd(usd)}; ${exactUsd(usdWhenStopped)} when it is stopped then, which bills the surplus too`,
    `${rateUsd} USD for a vCPU-hour, 60 credits (${rateSource.id}, ${rateSource.date})`,
  ]
}

/** The last value of each of at most `SPARK_COLUMNS` stretches, from 0 to `most` or the largest value. */
function spark(values: readonly number[], most: number): string {
  const top = Math.max(most, ...values)
  const width = Math.min(values.length, SPARK_COLUMNS)
  return Array.from({ length: width }, (_, i) => {
    const value = values[Math.ceil(((i + 1) * values.length) / width) - 1] ?? 0
    return SPARK[Math.min(SPARK.length - 1, Math.floor((value / top) * SPARK.length))]
  }).join('')
}
