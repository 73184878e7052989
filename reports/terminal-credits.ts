// CPU credits of a load for the terminal: a row a step, the balance as a line of blocks, and what the surplus costs.
import type { CreditReport } from '../simulator/costs/credits-result.ts'
import { exactUsd, formatQuantity } from './format.ts'
import { columns } from './plain-text.ts'

const SPARK = '▁▂▃▄▅▆▇█'
const SPARK_COLUMNS = 72

export function renderCreditsText(report: CreditReport): string {
  const { instanceType, mode, vcpus, creditsPerHour, maxCredits, baselinePct, steps, throttledMinutes } =
    report
  const number = (value: number) => formatQuantity(String(value))
  return `${[
    `${instanceType} ${mode}: ${vcpus} vCPUs, ${creditsPerHour} credits an hour, at most ${maxCredits}, baseline ${baselinePct} % of each vCPU`,
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
    `Balance  ${spark(
      report.trace.map(({ balance }) => balance),
      maxCredits,
    )}`,
    ...(report.trace.some(({ surplus }) => surplus > 0)
      ? [
          `Surplus  ${spark(
            report.trace.map(({ surplus }) => surplus),
            maxCredits,
          )}`,
        ]
      : []),
    '',
    `Balance ${number(report.balance)}, surplus ${number(report.surplus)}, charged ${number(report.charged)} credits, throttled ${number(throttledMinutes)} minutes`,
    ...price(report),
  ].join('\n')}\n`
}

function price({ usd, usdWhenStopped, rateUsd, rateSource, region }: CreditReport): string[] {
  if (usd === null || usdWhenStopped === null || rateSource === null) {
    return [`The price book has no price of surplus credits for ${region}`]
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
