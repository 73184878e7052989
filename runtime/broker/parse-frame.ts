// The door of a session: turns one text frame from an attendee into a typed frame, or says what is wrong with it.
import { isDurability, isLane } from '../protocol/lanes.ts'
import { isCount, parseObject } from '../protocol/parse-object.ts'
import { type ClientFrame, COLLECT_PREFIX } from '../protocol/session.ts'

const CLIENT = /^[A-Za-z0-9_-]{1,64}$/
const CHANNEL = /^[A-Za-z0-9._-]{1,128}$/
const EPOCH = /^[A-Za-z0-9-]{1,64}$/
/** Arrays and objects inside each other. JSON.parse takes any depth, JSON.stringify ends in a stack overflow. */
const BODY_LEVELS_MAX = 64

export type Parsed = { ok: ClientFrame } | { wrong: string }

/** Reads one frame. Never throws; `wrong` is fit to be shown to the client. */
export function parseClientFrame(text: string): Parsed {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  switch (frame.t) {
    case 'hello':
      return parseHello(frame)
    case 'sub':
      return parseSubscribe(frame)
    case 'pub':
      return parsePublish(frame)
    case 'ping':
      return isCount(frame.n) ? { ok: { t: 'ping', n: frame.n } } : { wrong: '`n` must be a whole number' }
    default:
      return { wrong: '`t` must be hello, sub, pub or ping' }
  }
}

function parseHello({ client, from }: Record<string, unknown>): Parsed {
  if (!matches(client, CLIENT)) return { wrong: '`client` must be 1 to 64 of A-Z a-z 0-9 _ -' }
  if (from === undefined) return { ok: { t: 'hello', client } }
  const lanes = typeof from === 'object' && from !== null ? Object.entries(from) : null
  if (!lanes?.every(([lane, seq]) => isLane(lane) && isCount(seq) && seq >= 1)) {
    return { wrong: '`from` must give whole numbers from 1 by lane' }
  }
  return { ok: { t: 'hello', client, from: Object.fromEntries(lanes) } }
}

function parseSubscribe(frame: Record<string, unknown>): Parsed {
  if (!matches(frame.ch, CHANNEL)) return { wrong: WRONG_CHANNEL }
  if (frame.ch.startsWith(COLLECT_PREFIX)) {
    return { wrong: `channels that start with \`${COLLECT_PREFIX}\` collect and are not sent to subscribers` }
  }
  if (frame.epoch === undefined && frame.off === undefined) return { ok: { t: 'sub', ch: frame.ch } }
  if (!matches(frame.epoch, EPOCH) || !isCount(frame.off)) {
    return { wrong: 'to resume, give both `epoch` and `off` as they were received' }
  }
  return { ok: { t: 'sub', ch: frame.ch, epoch: frame.epoch, off: frame.off } }
}

function parsePublish(frame: Record<string, unknown>): Parsed {
  const { lane, seq, ch, at, ack, body } = frame
  if (!isLane(lane) || lane === 'control')
    return { wrong: '`lane` must be critical, interactive, state or bulk' }
  if (!isCount(seq) || seq < 1) return { wrong: '`seq` must be a whole number from 1' }
  if (!matches(ch, CHANNEL)) return { wrong: WRONG_CHANNEL }
  if (typeof at !== 'number' || !Number.isFinite(at)) return { wrong: '`at` must be ms since the Unix epoch' }
  if (ack !== undefined && !isDurability(ack)) return { wrong: '`ack` must be memory, disk or central' }
  if (body === undefined) return { wrong: '`body` is missing' }
  if (nestsDeeper(body, BODY_LEVELS_MAX))
    return { wrong: `\`body\` is nested deeper than ${BODY_LEVELS_MAX} levels` }
  return { ok: { t: 'pub', lane, seq, ch, body, at, ack: ack ?? 'disk' } }
}

const WRONG_CHANNEL = '`ch` must be 1 to 128 of A-Z a-z 0-9 . _ -'

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1))
}
