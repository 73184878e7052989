// What of status, metrics and configuration may leave the house. Named fields are taken over; all else stays behind, so
// that what is added later is left out until somebody decides.
import { constants } from 'node:os'
import type { PopStatus } from '../../pop/pop-status.ts'
import type { PopConfig } from '../../pop-config.ts'
import { LANES } from '../../protocol/lanes.ts'

export const LEFT_OUT = '[left out]'

/** Names of an event's machines: what the event file allows. */
const NAME = /^[a-z0-9-]{1,40}$/
const VERSION = /^[\w.+-]{1,40}$/
const PROTOCOL = /^micropop[\w.-]{0,30}$/
/** What says why without quoting anything: our codes, HTTP statuses, and the system's, which are looked up. */
const CODES = /\bMP_[A-Z_]{2,40}\b|\b(?:HTTP|response:) ?[1-5]\d\d\b/g
const SYSTEM_CODES = new Set([...Object.keys(constants.errno), 'ENOTFOUND', 'EAI_AGAIN'])

/** The codes that an error's text names, or that it was left out. */
export function codesIn(text: string): string {
  const words = text.match(/\bE[A-Z0-9_]{2,20}\b/g) ?? []
  const codes = [...(text.match(CODES) ?? []), ...words.filter((word) => SYSTEM_CODES.has(word))]
  return codes.length === 0 ? LEFT_OUT : [...new Set(codes)].join(' ')
}

export function redactStatus(status: PopStatus): object {
  const { upS, sessions, queue, disk, certificate, uplink, compared, replica } = status
  const fault = (of: { fault: string }) => ({ fault: codesIn(of.fault) })
  return {
    event: kept(status.event, NAME),
    pop: kept(status.pop, NAME),
    version: kept(status.version, VERSION),
    protocols: {
      session: kept(status.protocols.session, PROTOCOL),
      uplink: kept(status.protocols.uplink, PROTOCOL),
    },
    ...{ upS, sessions, queue, compared, replica },
    disk: 'fault' in disk ? fault(disk) : disk,
    certificate: certificate && 'fault' in certificate ? fault(certificate) : certificate,
    uplink: {
      connected: uplink.connected,
      fault: uplink.fault === null ? null : codesIn(uplink.fault),
      syncStopped: uplink.syncStopped,
      paths: uplink.paths.map(({ name, live, fault: why, rttMs, central }) => ({
        ...{ name: kept(name, NAME), live, rttMs, central: central && kept(central, VERSION) },
        fault: why === null ? null : codesIn(why),
      })),
    },
  }
}

export function redactConfig(config: PopConfig): object {
  const { auth, tls, door, uplinks, queue, channels, standing, limits, sessionThreads, drain } = config
  return {
    ...{ version: config.version, event: config.event, pop: config.pop },
    listen: { port: config.listen.port, adminPort: config.listen.adminPort },
    auth:
      auth === 'open'
        ? 'open'
        : { keys: auth.jwks.keys.map(({ alg }) => alg), clockToleranceS: auth.clockToleranceS },
    tls: tls !== null,
    door: {
      allowOpen: door.allowOpen,
      origins: door.origins === null ? null : door.origins.length,
      trustedProxies: door.trustedProxies.length,
      handshakesPerS: door.handshakesPerS,
      handshakesBurst: door.handshakesBurst,
      addressShare: door.addressShare,
      silentMax: door.silentMax,
    },
    uplinks: uplinks.map(({ name, url, localAddress }) => {
      const { protocol, port } = new URL(url)
      return { name, protocol, port, routed: localAddress !== undefined }
    }),
    queue: {
      maxBytes: queue.maxBytes,
      segmentBytes: queue.segmentBytes,
      maxAgeS: queue.maxAgeS,
      reconcileS: queue.reconcileS,
      encrypted: queue.keyFile !== null,
    },
    replica: config.replica !== null,
    channels: channels.map(({ partitions, slow, upstream, relay }) => ({
      ...{ partitions, slow, relay },
      upstream: typeof upstream === 'string' ? upstream : 'filtered',
    })),
    standing: standing.map(({ agg, everyMs }) => ({ is: agg.is, everyMs })),
    ...{ limits, sessionThreads, drain },
    images: config.imagesDir !== null,
  }
}

/** Of each metric: what takes its values from a list of ours, with the form of a value. */
const LABELS: Record<string, RegExp> = {
  lane: new RegExp(`^(${LANES.join('|')})$`),
  code: /^(MP_[A-Z_]{2,40}|[1-5]\d\d)$/,
  le: /^[\d.e+-]{1,20}$|^\+Inf$/,
  quantile: /^[\d.]{1,10}$/,
  kind: /^(major|minor|incremental|weakcb)$/,
  space: /^[a-z_]{1,30}$/,
  outcome: /^[a-z-]{1,20}$/,
  step: /^[a-z-]{1,20}$/,
}
const SAMPLE =
  /^((?:micropop|process|nodejs)_[a-z0-9_]{1,80})(?:\{(.{0,400})\})? (-?[\d.e+-]{1,30}|NaN|[+-]Inf)$/i
const LABEL = /([a-z_]{1,40})="((?:[^"\\]|\\.){0,100})"/gi

/** Samples of our own metrics and of Node's; of labels those with a known list of values. */
export function redactMetrics(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
    if (name === undefined) return []
    const known = [...labels.matchAll(LABEL)].map(([, label = '', of = '']) =>
      LABELS[label]?.test(of) ? `${label}="${of}"` : `${label in LABELS ? label : 'other'}="${LEFT_OUT}"`,
    )
    return `${name}${known.length > 0 ? `{${known.join(',')}}` : ''} ${value}`
  })
  return `${lines.join('\n')}\n`
}

function kept(text: string, pattern: RegExp): string {
  return pattern.test(text) ? text : LEFT_OUT
}
