// What things are called on NATS. Names of events, PoPs and logs are letters, digits and hyphens: none can widen a
// subject, and whoever may use one PoP's subjects may use no other's.
import { parseUplinkFrame } from '../central/parse-frame.ts'

const PREFIX = 'micropop'

/** Of one event: batches of all PoPs, in the order in which they came. */
export function streamName(event: string): string {
  return `${PREFIX}-${event}`
}

export function eventOfStream(name: string): string | null {
  return name.startsWith(`${PREFIX}-`) ? name.slice(PREFIX.length + 1) : null
}

export const subjects = {
  /** Batches, kept by the event's stream. */
  up: (event: string, pop: string) => `${PREFIX}.${event}.up.${pop}`,
  /** A PoP's hello, to any central. */
  hello: (event: string, pop: string) => `${PREFIX}.${event}.hello.${pop}`,
  /** What else a PoP says, to the central that answered its hello. */
  say: (event: string, pop: string, central: string) => `${PREFIX}.${event}.say.${pop}.${central}`,
  /** What central says to one session of a PoP. */
  down: (event: string, pop: string, session: string) => `${PREFIX}.${event}.down.${pop}.${session}`,
  /** Prefix of the inboxes of a PoP. */
  inbox: (event: string, pop: string) => `_INBOX.${PREFIX}.${event}.${pop}`,
} as const

/** What a central subscribes to: all events and PoPs. */
export const CENTRAL_SUBSCRIBES = {
  hello: `${PREFIX}.*.hello.*`,
  say: (central: string) => `${PREFIX}.*.say.*.${central}`,
  streams: `${PREFIX}.*.up.*`,
} as const

export const HEADERS = {
  log: 'Micropop-Log',
  term: 'Micropop-Term',
  session: 'Micropop-Session',
  /** On the answer to a hello: the central that answers. */
  central: 'Micropop-Central',
  /** On an empty message: the other end is done with the session. */
  closed: 'Micropop-Closed',
} as const

const TOKEN = /^[A-Za-z0-9-]{1,64}$/

/** One part of a subject, such as a session's name, that came from outside. */
export function isToken(value: string | undefined): value is string {
  return value !== undefined && TOKEN.test(value)
}

export interface SenderOfFrame {
  event: string
  pop: string
}

/** Who published on a subject of the shape `micropop.EVENT.WHAT.POP…`. The server has checked that they may. */
export function senderOf(subject: string): SenderOfFrame {
  const [, event = '', , pop = ''] = subject.split('.')
  return { event, pop }
}

export interface BatchSender extends SenderOfFrame {
  log: string
  term: number
  session: string
}

/** Who published a batch, by its subject and headers; null where these are not as a PoP makes them. */
export function batchSenderOf(
  subject: string,
  headers: { get: (name: string) => string } | undefined,
): BatchSender | null {
  const sender = senderOf(subject)
  const session = headers?.get(HEADERS.session)
  const hello = {
    t: 'uplink',
    ...sender,
    log: headers?.get(HEADERS.log),
    term: Number(headers?.get(HEADERS.term)),
  }
  const parsed = parseUplinkFrame(JSON.stringify(hello))
  if (!isToken(session) || 'wrong' in parsed || parsed.ok.t !== 'uplink') return null
  return { ...sender, session, log: parsed.ok.log, term: parsed.ok.term ?? 1 }
}
