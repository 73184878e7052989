// The preflight sheet as its reader meets it: the file by itself, and the page in a real browser.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { renderPreflightHtml } from '../reports/preflight-html.ts'
import { isScored, type PreflightReport } from '../reports/preflight-input.ts'
import { PREFLIGHT_STYLE } from '../reports/preflight-style.ts'
import { fixtureReport } from '../reports/testing/fixture.ts'
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.ts'
import { CUT_OFF, type Plot, VISIBLE_PLOTS } from './page-checks.ts'

const BYTES_MAX = 1_500_000
const LEFT_OUT = 'k6 is not on PATH. Install Go 1.22 or newer, then run npm start again.'
const HOSTILE = `<script>document.title='owned'</script>"><img src=x onerror="document.title='owned'">&amp;`

/** Every name and sentence that comes from a user's files, replaced by an attack. */
function hostileReport(): PreflightReport {
  const report = fixtureReport({ title: HOSTILE, leftOut: HOSTILE })
  for (const segment of report.event.runOfShow) segment.name = '<script>x</script>'
  for (const venue of report.event.venues) venue.name = HOSTILE
  for (const line of [...report.forecast.lines, ...report.forecast.unpriced]) line.description = HOSTILE
  for (const outage of report.day.outages) outage.venue = '<img src=x onerror=x>'
  for (const verdict of report.verdicts) verdict.level = HOSTILE
  report.event.file = HOSTILE
  report.reasons = [HOSTILE]
  report.reproduce = [HOSTILE]
  report.commit = HOSTILE
  report.assumptions = [{ text: HOSTILE, source: HOSTILE }]
  return report
}

/** Texts of the elements that match, tags removed. */
function textsOf(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].map(([, inner = '']) => inner.replace(/<[^>]*>/g, '').trim())
}

/** Tags in order of opening and closing; what is left open or closed twice is an error. */
function unbalancedTags(source: string): string[] {
  const open: string[] = []
  for (const [, slash, name = '', rest = ''] of source.matchAll(
    /<(\/?)([a-zA-Z][\w:-]*)((?:"[^"]*"|[^">])*)>/g,
  )) {
    if (slash) {
      if (open.pop() !== name) return [`</${name}> closes nothing`]
    } else if (!rest.endsWith('/')) open.push(name)
  }
  return open
}

describe('the file', () => {
  test('asks for nothing: no script, no link, no image, no import, no address', () => {
    const page = renderPreflightHtml(fixtureReport())
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\ssrc=|\shref=/i)
    expect(page).toContain("default-src 'none'")
  })

  test('is well-formed', () => {
    for (const report of [fixtureReport(), fixtureReport({ leftOut: LEFT_OUT }), hostileReport()]) {
      const page = renderPreflightHtml(report)
      expect(page.startsWith('<!DOCTYPE html>')).toBe(true)
      expect(unbalancedTags(page)).toEqual([])
      const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
      expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
    }
  })

  test('escapes whatever a user’s files say, in text, in attributes and in plots', () => {
    const page = renderPreflightHtml(hostileReport())
    expect(page).not.toMatch(/<script|<img/i)
    expect(page).toContain('<h1>&lt;script&gt;')
  })

  test(`of an 8 h day in seconds stays under ${BYTES_MAX} bytes`, () => {
    const report = fixtureReport()
    expect(report.day.series.tS).toHaveLength(28_800)
    expect(Buffer.byteLength(renderPreflightHtml(report))).toBeLessThan(BYTES_MAX)
  })

  test('shows what was not measured as such, in the table and beside the error', () => {
    const report = fixtureReport()
    if (isScored(report.rehearsal))
      for (const figure of report.rehearsal.measured.figures) figure.value = null
    const page = renderPreflightHtml(report)
    const [recovery] = textsOf(page, /<tr><th scope="row">(Backlog, peak.*?)<\/tr>/gs)
    expect(recovery).toMatch(/^Backlog, peak\s*not measured\s*710\s*–\s*–/)
    expect(textsOf(page, /<div id="number-ack-p99"[^>]*>(.*?)<\/div>/gs)[0]).toContain('not measured')
  })

  test('rounds money once: the total is that of the exact lines', () => {
    const report = fixtureReport()
    report.forecast.lines = report.forecast.lines
      .slice(0, 3)
      .map((line) => ({ ...line, amount: 4_000_000_000n }))
    report.forecast.total = 12_000_000_000n
    const page = renderPreflightHtml(report)
    expect(textsOf(page, /<div id="number-cost"[^>]*>.*?<dd class="value">(.*?)<\/dd>/gs)).toEqual(['$0.01'])
    expect(page.match(/&lt; \$0\.01/g)?.length).toBeGreaterThanOrEqual(3)
  })

  test('says first and last that the live part was left out, and why', () => {
    const page = renderPreflightHtml(fixtureReport({ leftOut: LEFT_OUT }))
    const body = page
      .slice(page.indexOf('<main>'))
      .replace(/<[^>]*>/g, '')
      .trim()
    const notice = `The live part was left out: ${LEFT_OUT}`
    expect(body.startsWith(notice)).toBe(true)
    expect(body.endsWith(notice)).toBe(true)
    expect(renderPreflightHtml(fixtureReport())).not.toContain('left out')
  })

  test('every plot says in words what it shows', () => {
    const labels = [
      ...renderPreflightHtml(fixtureReport()).matchAll(/<svg [^>]*role="img" aria-label="([^"]*)"/g),
    ]
    expect(labels).toHaveLength(8)
    for (const [, label = ''] of labels) expect(label).toMatch(/\d/)
  })

  test('every colour can be told from its ground, in light and in dark', () => {
    const [light, dark] = [...PREFLIGHT_STYLE.matchAll(/:root \{([^}]*)\}/g)].map(([, body = '']) =>
      Object.fromEntries(
        [...body.matchAll(/--([a-z-]+): (#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex ?? '']),
      ),
    )
    for (const colours of [light, dark]) {
      for (const text of ['ink', 'muted', 'good', 'bad', 'unknown', 'limit']) {
        expect(contrast(colours?.[text], colours?.paper), text).toBeGreaterThanOrEqual(4.5)
        expect(contrast(colours?.[text], colours?.card), text).toBeGreaterThanOrEqual(4.5)
      }
      for (const state of ['good', 'bad', 'unknown']) {
        expect(contrast(colours?.[state], colours?.[`${state}-wash`]), state).toBeGreaterThanOrEqual(4.5)
      }
      for (const line of ['measured', 'twin', 'money']) {
        expect(contrast(colours?.[line], colours?.paper), line).toBeGreaterThanOrEqual(3)
      }
    }
  })
})

/** Contrast of two `#rrggbb` colours as WCAG 2.2 defines it. */
function contrast(one = '', other = ''): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

const executable = findChromium()

describe('the page in Chromium', () => {
  let folder: string
  let browser: Browser | undefined
  beforeEach(({ skip }) => skip(executable === null, NO_CHROMIUM))
  beforeAll(async () => {
    if (executable !== null) browser = await launchChromium(executable)
    folder = await mkdtemp(join(tmpdir(), 'micropop-report-'))
  })
  afterAll(async () => {
    await browser?.close()
    await rm(folder, { recursive: true, force: true })
  })

  interface Visit {
    page: Page
    /** Requests beside the file itself, console output, uncaught errors. */
    noise: string[]
  }

  async function open(
    report: PreflightReport,
    view: { width: number; colorScheme?: 'light' | 'dark' },
    look: (visit: Visit) => Promise<void>,
  ): Promise<void> {
    const { width, colorScheme = 'light' } = view
    const file = join(folder, 'preflight.html')
    await writeFile(file, renderPreflightHtml(report))
    if (browser === undefined) throw new Error(NO_CHROMIUM)
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true })
    try {
      const page = await context.newPage()
      const noise: string[] = []
      const address = pathToFileURL(file).href
      page.on('request', (request) => request.url() !== address && noise.push(request.url()))
      page.on('console', (message) => noise.push(message.text()))
      page.on('pageerror', (error) => noise.push(error.message))
      await page.goto(address)
      await look({ page, noise })
    } finally {
      await context.close()
    }
  }

  const VIEWS = [
    { width: 1200, colorScheme: 'light' },
    { width: 1200, colorScheme: 'dark' },
    { width: 400, colorScheme: 'light' },
  ] as const

  test.each(VIEWS)(
    'at $width px in $colorScheme: nothing asked for, nothing logged, nothing overflows',
    (view) =>
      open(fixtureReport(), view, async ({ page, noise }) => {
        expect(noise).toEqual([])
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - window.innerWidth',
        )
        expect(overflow).toBeLessThanOrEqual(0)
        expect(await page.evaluate<string[]>(CUT_OFF)).toEqual([])
      }),
  )

  test('the decision, its reasons and the five numbers are on the first screen', () =>
    open(fixtureReport({ decision: 'no-go' }), { width: 1200 }, async ({ page }) => {
      const shown = await page.locator('header').innerText()
      for (const text of [
        'NO-GO',
        'Recovery took 141 s live',
        '$187.30',
        '84.3 ms',
        '24.3 s',
        'without 2 unpriced',
      ]) {
        expect(shown).toContain(text)
      }
      const box = await page.locator('header').boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? Number.POSITIVE_INFINITY)).toBeLessThan(900)
    }))

  test.each(VIEWS)(
    'at $width px in $colorScheme: each plot is drawn once, with labels that do not collide',
    (view) =>
      open(fixtureReport(), view, async ({ page }) => {
        const plots = await page.evaluate<Plot[]>(VISIBLE_PLOTS)
        expect(plots.map(({ figure }) => figure)).toEqual([
          'rehearsal-latency',
          'rehearsal-backlog',
          'day',
          'cost-by-line',
        ])
        for (const { figure, width, height, lines, collisions, outside } of plots) {
          expect(width, figure).toBeGreaterThan(300)
          expect(height, figure).toBeGreaterThan(150)
          expect(lines, figure).toBeGreaterThan(3)
          expect(collisions, figure).toEqual([])
          expect(outside, figure).toEqual([])
        }
      }),
  )

  test('plots take their colours from the page, so that dark is dark', async () => {
    const strokes: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await open(fixtureReport(), { width: 1200, colorScheme }, async ({ page }) => {
        strokes.push(
          await page.evaluate<string>(
            `getComputedStyle(document.querySelector('#rehearsal-latency .wide [stroke="var(--measured)"]')).stroke`,
          ),
        )
      })
    }
    expect(strokes).toEqual(['rgb(0, 104, 168)', 'rgb(86, 180, 233)'])
  })

  test('prints in light whatever the screen, and to PDF', () =>
    open(fixtureReport(), { width: 1200, colorScheme: 'dark' }, async ({ page }) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
      expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      )
      const pdf = await page.pdf({ format: 'A4', printBackground: true })
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    }))

  test('is well-formed XML by the browser’s own parser', () =>
    open(fixtureReport(), { width: 1200 }, async ({ page }) => {
      for (const report of [fixtureReport(), hostileReport()]) {
        const source = JSON.stringify(renderPreflightHtml(report))
        const errors = await page.evaluate<string>(
          `new DOMParser().parseFromString(${source}, 'application/xhtml+xml').querySelector('parsererror')?.textContent ?? ''`,
        )
        expect(errors).toBe('')
      }
    }))

  test('hostile names are shown as they are written, and do nothing', () =>
    open(hostileReport(), { width: 400 }, async ({ page, noise }) => {
      expect(noise).toEqual([])
      expect(await page.locator('h1').textContent()).toBe(HOSTILE)
      expect(await page.title()).toBe(`INCONCLUSIVE · ${HOSTILE} · preflight`)
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
      expect(overflow).toBeLessThanOrEqual(0)
    }))

  test('has one title, headings in order, and a caption and scoped headings in every table', () =>
    open(fixtureReport(), { width: 1200 }, async ({ page }) => {
      const levels = await page.evaluate<number[]>(
        `[...document.querySelectorAll('h1, h2, h3')].map((heading) => Number(heading.tagName[1]))`,
      )
      expect(levels.filter((level) => level === 1)).toHaveLength(1)
      expect(levels.every((level, i) => level - (levels[i - 1] ?? 0) <= 1)).toBe(true)
      const bare = await page.evaluate<number>(
        `[...document.querySelectorAll('table')].filter((table) => !table.caption || table.querySelector('th:not([scope])')).length`,
      )
      expect(bare).toBe(0)
      expect(await page.locator('table').count()).toBeGreaterThan(7)
    }))
})
