// Text for a terminal: aligned columns, wrapped lines, and nothing that could steer the terminal.

// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const STEERING = /[\u0000-\u001f\u007f-\u009f\u202d\u202e]/g

/** Text from outside with control characters, escape sequences and reversed reading order taken out. */
export function plain(text: string): string {
  return text.replace(STEERING, '\ufffd')
}

/** Rows as lines with their columns aligned: the first to the left, the others to the right unless said otherwise. */
export function columns(rows: readonly string[][], leftAligned: readonly number[] = [0], gap = 3): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map((row) => width(row[i] ?? ''))))
  return rows.map((row) =>
    widths
      .map((columnWidth, i) => {
        const cell = row[i] ?? ''
        const fill = ' '.repeat(columnWidth - width(cell))
        return leftAligned.includes(i) ? cell + fill : fill + cell
      })
      .join(' '.repeat(gap))
      .trimEnd(),
  )
}

/** Lines of at most `max` characters, broken at spaces; the lines after the first are indented like it. */
export function wrapped(text: string, max: number, indent = ''): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= max)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(indent + word)
  }
  return lines
}

/** At most `max` characters, the last of them `…` where something was cut. */
export function shortened(text: string, max: number): string {
  const characters = [...text]
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}

function width(text: string): number {
  return [...text].length
}
