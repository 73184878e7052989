// A plot in the page: heading, legend, the drawing for a wide and for a narrow screen, and a note.
import { html, type Markup } from '../html.ts'
import { type Chart, drawSvg } from './svg.ts'

/** Between the page's column on a screen, where text comes out at 14 px, and on A4, where it comes out at 7 pt. */
export const WIDE_PX = 900
export const NARROW_PX = 372

export type LegendKey = 'measured' | 'twin' | 'solid-twin' | 'limit' | 'outage'

/** `draw(id, width)` is called once for each screen; the style sheet shows one of the two. */
export function figure(
  id: string,
  heading: string,
  legend: [LegendKey, string][],
  draw: (id: string, width: number) => Chart,
  note: string,
): Markup {
  return html`<figure id="${id}" aria-labelledby="${id}-heading">
<figcaption><h3 id="${id}-heading">${heading}</h3>${
    legend.length > 0 &&
    html`<ul class="legend">${legend.map(([key, text]) => html`<li class="${key}">${text}</li>`)}</ul>`
  }</figcaption>
<div class="wide">${drawSvg(draw(`${id}-wide`, WIDE_PX))}</div>
<div class="narrow">${drawSvg(draw(`${id}-narrow`, NARROW_PX))}</div>
<p class="small">${note}</p>
</figure>`
}
