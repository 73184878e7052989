// What changed between two events, for the terminal and as Markdown for a pull request.
import type {
  EventComparison,
  FigureChange,
  LineChange,
  LineSide,
} from '../simulator/costs/compare/compare-result.ts'
import { formatMs, formatQuantity, formatUsd, formatUsdChange, formatValue } from './format.ts'
import { columns, plain, shortened, wrapped } from './plain-text.ts'

const WIDTH = 100
const DESCRIPTION_MAX = 40
export const FROM = { surrogate: 'by formulas', twin: 'in the twin, one day' } as const

export function renderCompareText(result: EventComparison): string {
  const { lines, same } = changed(result)
  return `${[
    ...wrapped(`${plain(result.before)} → ${plain(result.after)}`, WIDTH),
    '',
    ...columns(
      [
        ['Line', 'Before', 'After', 'Difference', 'Reason'],
        ...lines.map((line) => [
          shortened(plain(`${line.venue}: ${line.description}`), DESCRIPTION_MAX),
          amountText(line.before),
          amountText(line.after),
          formatUsdChange(line.difference),
          why(line),
        ]),
        ...totals(result),
      ],
      [0, 4],
      2,
    ),
    ...(same > 0 ? [`${same} lines are the same.`] : []),
    ...wrapped(`Of the difference: ${reasons(result)}.`, WIDTH),
    ...unpricedLines(result).flatMap((text) => wrapped(plain(text), WIDTH)),
    '',
    ...figureLines(result),
  ].join('\n')}\n`
}

/** What comes from files is escaped: it can neither be markup nor break a table. */
export function renderCompareMarkdown(result: EventComparison): string {
  const { lines, same } = changed(result)
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`
  return `${[
    `### ${escaped(result.before)} → ${escaped(result.after)}: ${formatUsdChange(result.cost.difference)}`,
    '',
    row(['Line', 'Before', 'After', 'Difference', 'Reason']),
    '|---|---:|---:|---:|---|',
    ...lines.map((line) =>
      row([
        escaped(`${line.venue}: ${line.description}`),
        amountText(line.before),
        amountText(line.after),
        formatUsdChange(line.difference),
        escaped(why(line)),
      ]),
    ),
    ...totals(result).map((cells) => row(cells.map((cell) => (cell === '' ? '' : `**${cell}**`)))),
    '',
    ...(same > 0 ? [`${same} lines are the same.`] : []),
    `Of the difference: ${reasons(result)}.`,
    ...unpricedLines(result).map(escaped),
    '',
    ...(result.figuresFrom === null
      ? [escaped(`No figures: ${result.noFigures}`)]
      : [
          row([`Figure, ${FROM[result.figuresFrom]}`, 'Before', 'After']),
          '|---|---:|---:|',
          ...result.figures.map((figure) =>
            row([escaped(figure.label), value(figure, 'before'), value(figure, 'after')]),
          ),
        ]),
  ].join('\n')}\n`
}

/** The lines that differ, and how many do not. */
export function changed({ cost: { lines } }: EventComparison): { lines: LineChange[]; same: number } {
  const differing = lines.filter(({ reason }) => reason !== 'same')
  return { lines: differing, same: lines.length - differing.length }
}

function totals({ cost }: EventComparison): string[][] {
  return [['Total', formatUsd(cost.before), formatUsd(cost.after), formatUsdChange(cost.difference), '']]
}

export function reasons({ cost: { reasons: of } }: EventComparison): string {
  return (
    `new lines ${formatUsdChange(of.added)}, removed lines ${formatUsdChange(of.removed)}, ` +
    `prices ${formatUsdChange(of.price)}, quantities ${formatUsdChange(of.quantity)}`
  )
}

export function why({ reason, before, after, priceEffect, quantityEffect }: LineChange): string {
  const quantities = () =>
    `${formatQuantity(before?.quantity ?? '0')} → ${formatQuantity(after?.quantity ?? '0')}`
  switch (reason) {
    case 'quantity':
      return `${reason} ${quantities()}`
    case 'price':
      return `${reason} ${before?.rate ?? 'several'} → ${after?.rate ?? 'several'} USD`
    case 'price and quantity':
      return `price ${formatUsdChange(priceEffect)}, quantity ${formatUsdChange(quantityEffect)}`
    default:
      return reason
  }
}

export function unpricedLines({ cost: { unpriced } }: EventComparison): string[] {
  return [
    ...unpriced.added.map(
      ({ venue, description, why: of }) => `Now not priced: ${venue}: ${description}: ${of}`,
    ),
    ...unpriced.removed.map(({ venue, description }) => `No longer unpriced: ${venue}: ${description}`),
  ]
}

function figureLines({ figures, figuresFrom, noFigures }: EventComparison): string[] {
  if (figuresFrom === null) return wrapped(plain(`No figures: ${noFigures}`), WIDTH)
  return columns([
    [`Figure, ${FROM[figuresFrom]}`, 'Before', 'After'],
    ...figures.map((figure) => [plain(figure.label), value(figure, 'before'), value(figure, 'after')]),
  ])
}

export function value(figure: FigureChange, side: 'before' | 'after'): string {
  const of = figure[side]
  if (figure.unit === 'CPU ms') return of === null ? 'not measured' : formatMs(of)
  return formatValue(of, figure.unit)
}

export function amountText(side: LineSide | null): string {
  return side === null ? '' : formatUsd(side.amount)
}

function escaped(text: string): string {
  return plain(text).replace(/[\\`*_{}[\]<>()#+!|~&@:$-]/g, (mark) => `&#${mark.codePointAt(0)};`)
}
