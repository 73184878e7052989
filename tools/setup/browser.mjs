// Chromium, which only the tests of the HTML report need: found, or installed from Debian's packages.
import { installPackagesOfSystem } from './debian-packages.mjs'
import { isProgram, onPath } from './path.mjs'

/** What a Chromium is called on PATH; the tests look for the same. */
export const BROWSER_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const HOW = {
  linux: 'sudo apt-get install chromium, or set CHROMIUM to the file of a Chromium or Chrome',
  macos: 'set CHROMIUM to /Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  windows: 'set CHROMIUM to the file of chrome.exe or msedge.exe',
}

/** @returns {string | null} The file of a Chromium or Chrome; `CHROMIUM` in the environment comes first. */
export function findBrowser() {
  const { CHROMIUM } = process.env
  if (CHROMIUM) return isProgram(CHROMIUM) ? CHROMIUM : null
  return BROWSER_NAMES.map((name) => onPath(name)).find((file) => file !== null) ?? null
}

/** @param {AbortSignal} signal */
export async function installBrowser(signal) {
  await installPackagesOfSystem('Chromium', ['chromium'], HOW, signal)
}
