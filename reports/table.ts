// A table of the report: captioned, with scoped headings; on a narrow screen a wide one shows a block a row.
import { html, type Markup } from './html.ts'

export interface Column {
  title: string
  /** Numbers stand right-aligned. */
  numeric?: boolean
}

type Cell = Markup | string

/** A table of more columns than this does not fit a phone. */
const NARROW_COLUMNS_MAX = 4

/**
 * `rows` have a cell a column, the first being the row's heading. `total`, where given, becomes the foot.
 */
export function table(caption: string, columns: Column[], rows: Cell[][], total?: Cell[]): Markup {
  const className = (i: number) => (columns[i]?.numeric ? 'num' : 'text')
  const cells = (row: Cell[]) =>
    row.map((cell, i) =>
      i === 0
        ? html`<th scope="row">${breakable(cell)}</th>`
        : html`<td class="${className(i)}" data-title="${columns[i]?.title ?? ''}">${breakable(cell)}</td>`,
    )
  return html`<div class="scroll"><table${columns.length > NARROW_COLUMNS_MAX && html` class="wide-table"`}>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, i) => html`<th scope="col" class="${className(i)}">${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
${total ? html`<tfoot><tr>${cells(total)}</tr></tfoot>\n` : null}</table></div>`
}

/** A cell's second line, smaller. */
export function underneath(text: Cell, below: Cell): Markup {
  return html`<span>${breakable(text)}<small>${below}</small></span>`
}

/** Words longer than this may break anywhere: a cell is as wide as its longest word, and a page is not. */
const WORD_MAX = 20
const LONG_WORD = new RegExp(`(\\S{${WORD_MAX + 1},})`)

/** Only the long words: if all could break, a column beside a long word would have none whole. Best after a point or a colon. */
function breakable(cell: Cell): Markup | string {
  if (typeof cell !== 'string' || !LONG_WORD.test(cell)) return cell
  return html`${cell.split(LONG_WORD).map((part, i) => (i % 2 === 0 ? part : longWord(part)))}`
}

function longWord(word: string): Markup {
  const pieces = word.split(/(?<=[.:])/)
  return html`<span class="word">${pieces.map((piece, i) => html`${i > 0 && html`<wbr/>`}${piece}`)}</span>`
}
