// The venue's page: responsive images by name, and no way out of its markup.
import { expect, test } from 'vitest'
import { renderPage } from './page.ts'

test('offers each image at the widths of the ladder', () => {
  const html = renderPage('Show', ['hero shot.jpg'])
  expect(html).toContain('src="/img/hero%20shot.jpg?w=640"')
  expect(html).toContain(
    'srcset="/img/hero%20shot.jpg?w=320 320w, /img/hero%20shot.jpg?w=640 640w, /img/hero%20shot.jpg?w=1280 1280w"',
  )
})

test('shows titles and names as text, whatever they hold', () => {
  const html = renderPage('<script>alert("1")</script>', ['"><script>.png', "a'b&c.jpg"])
  expect(html).not.toContain('<script>')
  expect(html).toContain('&#60;script&#62;alert(&#34;1&#34;)')
  expect(html.match(/<img /g)).toHaveLength(2)
})
