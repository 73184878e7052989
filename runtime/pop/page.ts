// The venue's page: what an attendee opens first, served from the PoP so that it loads without the uplink.
import { readdir } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { PATHS } from '../ports.ts'
import { SESSION_SUBPROTOCOL } from '../protocol/session.ts'
import { VERSION } from '../version.ts'
import { type PageCounters, UNCOUNTED } from './page-counters.ts'

export interface PageOptions {
  title: string
  /** null: a page without images. */
  imagesDir: string | null
  counters?: PageCounters
}

const IMAGES_MAX = 24
const WIDTHS = [320, 640, 1280] as const

export async function pagePlugin(
  app: FastifyInstance,
  { title, imagesDir, counters = UNCOUNTED }: PageOptions,
): Promise<void> {
  const names =
    imagesDir === null ? [] : (await readdir(imagesDir)).filter((n) => /\.(jpe?g|png|webp)$/i.test(n))
  const html = renderPage(title, names.sort().slice(0, IMAGES_MAX))
  const bytes = Buffer.byteLength(html)
  app.get('/', async (request, reply) => {
    if (request.method === 'GET') {
      counters.pages.inc()
      counters.sentBytes.inc(bytes)
    }
    reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache')
    return html
  })
  app.get(PATHS.version, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { micropop: VERSION, session: SESSION_SUBPROTOCOL }
  })
}

/** `names` are file names of originals; each becomes a responsive image of the ladder. */
export function renderPage(title: string, names: readonly string[]): string {
  const images = names.map((name) => {
    const url = (width: number) => `${PATHS.images}/${encodeURIComponent(name)}?w=${width}`
    const srcset = WIDTHS.map((width) => `${url(width)} ${width}w`).join(', ')
    return `<img src="${url(640)}" srcset="${srcset}" sizes="(max-width: 700px) 100vw, 640px" alt="" loading="lazy">`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<h1>${escapeHtml(title)}</h1>
${images.join('\n')}
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
