// A run with PoPs beside the same run without them, for the terminal.
import type { BenefitFigure, BenefitResult } from '../simulator/baseline/benefit-result.ts'
import { formatCount, formatSeconds, formatValue } from './format.ts'
import { limitText, verdictValue } from './headline.ts'
import { columns, plain, wrapped } from './plain-text.ts'

const WIDTH = 100

export function renderBenefitText(benefit: BenefitResult): string {
  const { with: run, without, figures, missedWithout } = benefit
  const { window } = run
  return `${[
    ...wrapped(
      `${plain(run.event)} with PoPs and without: ${formatSeconds(window.endS - window.startS)}, ${formatCount(run.sessions)} sessions, seed ${run.seed}`,
      WIDTH,
    ),
    '',
    ...columns([
      ['Figure', 'With PoPs', 'Without', 'Benefit'],
      ...figures.map((figure) => [
        figure.label,
        formatValue(figure.with, figure.unit),
        formatValue(figure.without, figure.unit),
        benefitText(figure),
      ]),
    ]),
    '',
    ...columns(
      [
        ['Messages', 'Published', 'Acknowledged', 'Lost'],
        ...[['with PoPs', run] as const, ['without', without] as const].map(
          ([title, { conservation: of }]) => [
            title,
            ...[of.published, of.acknowledged, of.lost].map(formatCount),
          ],
        ),
      ],
      [0],
    ),
    '',
    ...(missedWithout.length === 0
      ? ['No service level is missed without PoPs that is met with them.']
      : [
          'Missed without PoPs:',
          ...columns(
            missedWithout.map((verdict) => [
              `  ${plain(verdict.level)}`,
              limitText(verdict),
              verdictValue(verdict),
            ]),
          ),
        ]),
    'What is never acknowledged or delivered counts as 1 h, a page that does not come as 30 s.',
    ...wrapped(
      'Without PoPs nothing was measured. Central is as large as it need be, and frames wait first come, first served.',
      WIDTH,
    ),
    `Took ${formatSeconds(run.tookS + without.tookS)}. Again: ${plain(run.reproduce)}`,
  ].join('\n')}\n`
}

function benefitText({ benefit, unit }: BenefitFigure): string {
  if (benefit === null) return ''
  if (unit === 'messages' || unit === 'bytes') {
    return benefit < 0 ? `−${formatValue(-benefit, unit)}` : formatValue(benefit, unit)
  }
  return formatValue(benefit, unit)
}
