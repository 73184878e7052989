// Where things stand in an iCalendar file (RFC 5545): its parser tells no lines, and a reader has to find the mistake.
import ICAL from 'ical.js'

/** A content line: what begins with a space or a tab goes on with the line before (RFC 5545, 3.1). */
interface ContentLine {
  line: number
  /** Upper case, without parameters. */
  name: string
  text: string
}

export interface IcalendarLines {
  /** The first line that cannot be read, and why; null: each can. */
  broken: { line: number; why: string } | null
  /** Of the VEVENT with this index: the line of its first property called `name`, else the line that begins it. */
  lineOf(vevent: number, ...names: string[]): number | undefined
}

export function icalendarLines(text: string): IcalendarLines {
  const lines = contentLines(text)
  const vevents: { begin: number; properties: Map<string, number> }[] = []
  const open: { name: string; line: number }[] = []
  let broken: IcalendarLines['broken'] = null
  for (const { line, name, text: content } of lines) {
    const component = content
      .slice(content.indexOf(':') + 1)
      .trim()
      .toUpperCase()
    if (name === 'BEGIN') {
      open.push({ name: component, line })
      if (component === 'VEVENT') vevents.push({ begin: line, properties: new Map() })
    } else if (name === 'END') {
      const begun = open.pop()
      if (begun?.name !== component)
        broken ??= {
          line,
          why: begun ? `BEGIN:${begun.name} of line ${begun.line} is not ended` : 'nothing begins',
        }
    } else {
      broken ??= whyBroken(content, line)
      const properties = open.at(-1)?.name === 'VEVENT' ? vevents.at(-1)?.properties : undefined
      if (properties && !properties.has(name)) properties.set(name, line)
    }
  }
  const unended = open.at(-1)
  if (unended) broken ??= { line: unended.line, why: `BEGIN:${unended.name} is not ended` }
  return {
    broken,
    lineOf(vevent, ...names) {
      const found = vevents[vevent]
      return (
        names.map((name) => found?.properties.get(name)).find((line) => line !== undefined) ?? found?.begin
      )
    },
  }
}

function contentLines(text: string): ContentLine[] {
  const lines: ContentLine[] = []
  text.split(/\r?\n/).forEach((part, i) => {
    const last = lines.at(-1)
    if (/^[ \t]/.test(part) && last) last.text += part.slice(1)
    else if (part.trim() !== '')
      lines.push({ line: i + 1, name: (/^[^:;]*/.exec(part)?.[0] ?? '').toUpperCase(), text: part })
  })
  return lines
}

function whyBroken(content: string, line: number): IcalendarLines['broken'] {
  try {
    ICAL.parse.property(content)
    return null
  } catch (error) {
    return { line, why: (error as Error).message }
  }
}
