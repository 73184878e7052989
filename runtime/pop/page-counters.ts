// What serving the venue's page counts, in the registry of the session thread that serves it.
import { Counter, type Registry } from 'prom-client'

export interface PageCounters {
  /** Pages sent, without their images. */
  pages: { inc: () => void }
  sentBytes: { inc: (bytes: number) => void }
}

export const UNCOUNTED: PageCounters = { pages: { inc: () => {} }, sentBytes: { inc: () => {} } }

export function pageCounters(registry: Registry): PageCounters {
  const registers = [registry]
  return {
    pages: new Counter({ name: 'micropop_pages_total', help: "The venue's page served", registers }),
    sentBytes: new Counter({
      name: 'micropop_page_sent_bytes_total',
      help: "Bytes of the venue's page sent, without its images",
      registers,
    }),
  }
}
