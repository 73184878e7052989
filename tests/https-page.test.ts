// What a phone in the hall does with the uplink cut: a page at the PoP's name that the browser trusts, a service worker, wss.
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { RunningPop } from '../runtime/pop.ts'
import { PATHS } from '../runtime/ports.ts'
import { SESSION_SUBPROTOCOL } from '../runtime/protocol/session.ts'
import { makeCertificate, noCertificates } from '../runtime/testing/certificates.ts'
import { findChromium, launchChromium, NO_CHROMIUM } from './chromium.ts'
import { dataFolder, metric, open, queueState, start } from './running-pop.ts'

const TIMEOUT_MS = 90_000
const NAME = 'hall.summit.events.example.com'
const chromium = findChromium()
const missing = chromium === null ? NO_CHROMIUM : noCertificates()

/** As the hall's DNS server answers. A name that is not the PoP's is not found: there is no uplink. */
const hallNames = (pop: RunningPop) =>
  `--host-resolver-rules=MAP ${NAME}:443 127.0.0.1:${pop.port}, MAP * ~NOTFOUND`

/** What a browser that knows the authority does; Chromium has no switch for an authority, but one for a public key. */
function trusting(certFile: string): string {
  const { publicKey } = new X509Certificate(readFileSync(certFile))
  const digest = createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' }))
  return `--ignore-certificate-errors-spki-list=${digest.digest('base64')}`
}

async function browserWith(...switches: string[]): Promise<Browser> {
  const browser = await launchChromium(chromium ?? '', switches)
  open.push({ close: () => browser.close() })
  return browser
}

/** A page whose `/worker.js` is a service worker: the PoP has none of its own yet. */
async function pageOf(browser: Browser): Promise<Page> {
  const context = await browser.newContext()
  await context.route('**/worker.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: 'self.addEventListener("fetch", () => {})' }),
  )
  return await context.newPage()
}

test(
  'with the uplink cut a page at the PoP’s name runs a service worker, and its session comes by wss',
  async ({ skip }) => {
    skip(missing !== null, missing ?? '')
    process.env.PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS = '1'
    const files = makeCertificate(await dataFolder(), 'hall', 30, `DNS:${NAME}`)
    // A PoP that listens on this machine alone takes pages of this machine alone, unless it is told of others.
    const door = { origins: [`https://${NAME}`] }
    const pop = await start({ tls: { ...files, name: NAME }, door })
    expect(await queueState(pop)).toMatchObject({ connected: false })
    const page = await pageOf(await browserWith(hallNames(pop), trusting(files.certFile)))
    const answer = await page.goto(`https://${NAME}/`)
    expect(answer?.status()).toBe(200)
    expect(await answer?.securityDetails()).toMatchObject({ protocol: 'TLS 1.3' })

    const worker = await page.evaluate(`(async () => {
      await navigator.serviceWorker.register('/worker.js')
      const { active } = await navigator.serviceWorker.ready
      return { secure: isSecureContext, script: active?.scriptURL }
    })()`)
    expect(worker).toEqual({ secure: true, script: `https://${NAME}/worker.js` })

    const welcome = await page.evaluate(
      `new Promise((resolve, reject) => {
        const socket = new WebSocket('wss://' + location.host + '${PATHS.session}', '${SESSION_SUBPROTOCOL}')
        socket.onopen = () => socket.send(JSON.stringify({ t: 'hello', client: 'phone' }))
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).t)
        socket.onclose = ({ code }) => reject(new Error('closed with ' + code))
      })`,
    )
    expect(welcome).toBe('welcome')
    expect(await metric(pop, 'micropop_sessions')).toBe(1)
  },
  TIMEOUT_MS,
)

test(
  'without HTTPS there is no service worker, and a certificate that nobody vouches for shows no page',
  async ({ skip }) => {
    skip(missing !== null, missing ?? '')
    const plain = await start()
    const names = `--host-resolver-rules=MAP ${NAME}:80 127.0.0.1:${plain.port}`
    const page = await pageOf(await browserWith(names))
    await page.goto(`http://${NAME}/`)
    expect(await page.evaluate(`[isSecureContext, 'serviceWorker' in navigator]`)).toEqual([false, false])

    const files = makeCertificate(await dataFolder(), 'hall', 30, `DNS:${NAME}`)
    const pop = await start({ tls: { ...files, name: NAME } })
    const stranger = await pageOf(await browserWith(hallNames(pop)))
    await expect(stranger.goto(`https://${NAME}/`)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
  },
  TIMEOUT_MS,
)
