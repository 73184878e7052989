import { expect, test } from 'vitest'
import { html, Markup } from './html.ts'

test('text is escaped in content and in attributes, numbers are written, markup is kept', () => {
  const hostile = `"><script>alert('x')</script>&`
  expect(html`<p title="${hostile}">${hostile} ${3}${html`<b>ok</b>`}</p>`.source).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp; 3<b>ok</b></p>',
  )
})

test('lists are joined, and what is absent leaves nothing', () => {
  expect(html`<ul>${['a<', 'b'].map((item) => html`<li>${item}</li>`)}${null}${false}</ul>`.source).toBe(
    '<ul><li>a&lt;</li><li>b</li></ul>',
  )
})

test('characters that no document may hold are replaced', () => {
  expect(html`${'a\u0000b\u001bc\u202ed\ud800e'}`.source).toBe('a\ufffdb\ufffdc\ufffdd\ufffde')
})

test('an object that only looks like markup is text', () => {
  const lookalike = { source: '<b>', toString: () => '<i>' } as unknown as Markup
  expect(lookalike instanceof Markup).toBe(false)
  expect(html`${lookalike}`.source).toBe('&lt;i&gt;')
})
