// From a chart's option to an SVG that belongs in a page: no script, no foreign style, colours from the page's CSS.
import {
  BarChart,
  type BarSeriesOption,
  CustomChart,
  type CustomSeriesOption,
  LineChart,
  type LineSeriesOption,
  ScatterChart,
  type ScatterSeriesOption,
} from 'echarts/charts'
import {
  GridComponent,
  type GridComponentOption,
  MarkAreaComponent,
  MarkLineComponent,
} from 'echarts/components'
import { type ComposeOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { escapeHtml, Markup } from '../html.ts'

use([
  ...[BarChart, CustomChart, LineChart, ScatterChart],
  ...[GridComponent, MarkAreaComponent, MarkLineComponent, SVGRenderer],
])

export type ChartOption = ComposeOption<
  BarSeriesOption | CustomSeriesOption | LineSeriesOption | ScatterSeriesOption | GridComponentOption
>

/** Pixels of the drawing; the page scales it to its column. */
export interface Size {
  width: number
  height: number
}

export interface Chart {
  /** Unique in the page. */
  id: string
  /** What the plot shows, with its main values: read out in place of the picture. */
  alt: string
  size: Size
  option: ChartOption
}

/** Custom properties that the page's style sheet defines, for light, dark and print. */
export const COLOUR = {
  measured: 'var(--measured)',
  twin: 'var(--twin)',
  limit: 'var(--limit)',
  outage: 'var(--outage)',
  band: 'var(--band)',
  money: 'var(--money)',
  ink: 'var(--ink)',
  muted: 'var(--muted)',
  grid: 'var(--rule)',
  paper: 'var(--paper)',
} as const

export const FONT_PX = 12

/** Estimated width of a label: without a screen there is nothing to measure it on. Errs wide. */
export function labelWidth(text: string): number {
  return text.length * FONT_PX * 0.58
}

/** Draws the chart. The instance is disposed of whatever happens: one that is left keeps the process alive. */
export function drawSvg(chart: Chart): Markup {
  const instance = init(null, null, { renderer: 'svg', ssr: true, ...chart.size })
  try {
    instance.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit', fontSize: FONT_PX, color: COLOUR.muted },
      ...chart.option,
    })
    return new Markup(forPage(instance.renderToSVGString(), chart))
  } finally {
    instance.dispose()
  }
}

/**
 * Drops hover styles and renderer marks, makes ids those of the chart instead of a counter of the process (equal
 * input, equal file), and says what the picture shows.
 */
function forPage(svg: string, { id, alt, size }: Chart): string {
  return svg
    .replace(/<style\s*>[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|pointer-events|ecmeta_[a-z_]+)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${id}-`)
    .replace(/<rect [^>]*fill="none"><\/rect>\n?/, '')
    .replace(
      /^<svg [^>]*>/,
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(alt)}">`,
    )
    .replace(/\n+/g, '\n')
    .trim()
}
