// The one door from text to HTML: every interpolated value is escaped unless it is markup already.

/** Markup that has been through this door. */
export class Markup {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

type Content = Markup | string | number | Content[] | null | false

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Characters that neither HTML nor XML allows, whatever the escaping; and the two that reverse reading order. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202d\u202e\ufffe\uffff]/g

/** Text made safe for element content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char)
}

/**
 * Template tag. Strings and numbers are escaped, markup is kept, arrays are joined, `null` and `false` vanish.
 * Attributes must be quoted in the template.
 */
export function html(strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(
    strings.map((part, i) => part + (i < values.length ? rendered(values[i] ?? null) : '')).join(''),
  )
}

function rendered(value: Content): string {
  if (value === null || value === false) return ''
  if (value instanceof Markup) return value.source
  if (Array.isArray(value)) return value.map(rendered).join('')
  return escapeHtml(String(value))
}
