// The frame of every HTML report: one file that opens offline, runs no script, asks for nothing, prints.
import { html, Markup } from './html.ts'
import { PREFLIGHT_STYLE } from './preflight-style.ts'

/** A complete HTML document, in UTF-8, that is well-formed XML too. */
export function renderPage(
  title: string,
  body: Markup,
  { style, scheme } = { style: PREFLIGHT_STYLE, scheme: 'light dark' },
): string {
  const page = html`<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="${scheme}" />
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
  return page.source
}
