// The browser for tests that look at pages: Chromium of this machine, never downloaded.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { BROWSER_NAMES } from '../tools/setup/browser.mjs'

/** Why browser tests are skipped, for their printed reason. */
export const NO_CHROMIUM =
  'no Chromium: none on PATH, and CHROMIUM does not name one (Debian: apt install chromium)'

/** `CHROMIUM` where it is set, else the first on PATH; null where there is none. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | null {
  if (environment.CHROMIUM) return isExecutable(environment.CHROMIUM) ? environment.CHROMIUM : null
  const folders = (environment.PATH ?? '').split(delimiter)
  return (
    folders.flatMap((folder) => BROWSER_NAMES.map((name) => join(folder, name))).find(isExecutable) ?? null
  )
}

/** `more` are switches beside those that every test takes. */
export function launchChromium(executablePath: string, more: string[] = []): Promise<Browser> {
  // Chromium refuses to sandbox as root; the pages are our own.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--disable-background-networking', '--no-first-run', ...asRoot, ...more],
  })
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
