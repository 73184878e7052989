// The door of a session: turns one text frame from an attendee into a typed frame, or says what is wrong with it.
import { isDurability, isLane } from '../protocol/lanes.ts'
import { isCount, parseObject } from '../protocol/parse-object.ts'
import { type ClientFrame, COLLECT_PREFIX } from '../protocol/session.ts'
import { parseAggregate, parseFilter } from '../queries/parse.ts'

/** Of clients and queries. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const CHANNEL = /^[A-Za-z0-9._-]{1,128}$/
const EPOCH = /^[A-Za-z0-9-]{1,64}$/
const KEY_CHARS_MAX = 128
/** Arrays and objects inside each other. JSON.parse takes any depth, JSON.stringify ends in a stack overflow. */
const BODY_LEVELS_MAX = 64

export type Parsed = { ok: ClientFrame } | { wrong: string }

/** Reads one frame. Never throws; `wrong` is fit to be shown to the client. */
export function parseClientFrame(text: string): Parsed {
  const parsed = parseObject(text)
  if ('wrong' in parsed) return parsed
  const frame = parsed.ok
  switch (frame.t) {
    case 'pub':
      return parsePublish(frame)
    case 'ping':
      return parsePing(frame)
    case 'hello':
      return parseHello(frame)
    case 'sub':
      return parseSubscribe(frame)
    case 'unsub':
      return matches(frame.ch, CHANNEL) ? { ok: { t: 'unsub', ch: frame.ch } } : { wrong: WRONG_CHANNEL }
    case 'query':
      return parseQuery(frame)
    case 'unquery':
      return matches(frame.id, NAME) ? { ok: { t: 'unquery', id: frame.id } } : { wrong: WRONG_ID }
    default:
      return { wrong: '`t` must be hello, sub, unsub, pub, query, unquery or ping' }
  }
}

function parseHello({ client, token, resume, from }: Record<string, unknown>): Parsed {
  if (!matches(client, NAME)) return { wrong: '`client` must be 1 to 64 of A-Z a-z 0-9 _ -' }
  if (!isTextOrNone(token) || !isTextOrNone(resume)) return { wrong: '`token` and `resume` must be text' }
  const lanes =
    from === undefined ? [] : typeof from === 'object' && from !== null ? Object.entries(from) : null
  if (!lanes?.every(([lane, seq]) => isLane(lane) && isCount(seq) && seq >= 1)) {
    return { wrong: '`from` must give whole numbers from 1 by lane' }
  }
  return {
    ok: {
      t: 'hello',
      client,
      ...(token !== undefined && { token }),
      ...(resume !== undefined && { resume }),
      ...(from !== undefined && { from: Object.fromEntries(lanes) }),
    },
  }
}

function parseSubscribe({ ch, part, epoch, off, where, presence }: Record<string, unknown>): Parsed {
  if (!matches(ch, CHANNEL)) return { wrong: WRONG_CHANNEL }
  if (ch.startsWith(COLLECT_PREFIX)) {
    return { wrong: `channels that start with \`${COLLECT_PREFIX}\` collect and are not sent to subscribers` }
  }
  if (part !== undefined && !isCount(part)) return { wrong: '`part` must be a whole number from 0' }
  const resumes = epoch !== undefined || off !== undefined
  if (resumes && !(matches(epoch, EPOCH) && isCount(off))) {
    return { wrong: 'to resume, give both `epoch` and `off` as they were received' }
  }
  if (presence !== undefined && presence !== 'count' && presence !== 'members') {
    return { wrong: '`presence` must be count or members' }
  }
  const filter = where === undefined ? { ok: undefined } : parseFilter(where)
  if ('wrong' in filter) return filter
  return {
    ok: {
      t: 'sub',
      ch,
      ...(part !== undefined && { part }),
      ...(resumes && { epoch: epoch as string, off: off as number }),
      ...(filter.ok && { where: filter.ok }),
      ...(presence !== undefined && { presence }),
    },
  }
}

function parsePublish(frame: Record<string, unknown>): Parsed {
  const { lane, seq, ch, at, ack, body, key } = frame
  if (!isLane(lane)) return { wrong: '`lane` must be control, critical, interactive, state or bulk' }
  if (!isCount(seq) || seq < 1) return { wrong: '`seq` must be a whole number from 1' }
  if (!matches(ch, CHANNEL)) return { wrong: WRONG_CHANNEL }
  if (typeof at !== 'number' || !Number.isFinite(at)) return { wrong: '`at` must be ms since the Unix epoch' }
  if (ack !== undefined && !isDurability(ack)) {
    return { wrong: '`ack` must be memory, disk, replica or central' }
  }
  if (key !== undefined && (typeof key !== 'string' || key.length < 1 || key.length > KEY_CHARS_MAX)) {
    return { wrong: `\`key\` must be text of 1 to ${KEY_CHARS_MAX} characters` }
  }
  if (body === undefined) return { wrong: '`body` is missing' }
  if (nestsDeeper(body, BODY_LEVELS_MAX))
    return { wrong: `\`body\` is nested deeper than ${BODY_LEVELS_MAX} levels` }
  return { ok: { t: 'pub', lane, seq, ch, body, at, ack: ack ?? 'disk', ...(key !== undefined && { key }) } }
}

function parseQuery({ id, ch, where, agg, live }: Record<string, unknown>): Parsed {
  if (!matches(id, NAME)) return { wrong: WRONG_ID }
  if (!matches(ch, CHANNEL)) return { wrong: WRONG_CHANNEL }
  if (live !== undefined && typeof live !== 'boolean') return { wrong: '`live` must be true or false' }
  const filter = where === undefined ? { ok: undefined } : parseFilter(where)
  if ('wrong' in filter) return filter
  const aggregate = parseAggregate(agg)
  if ('wrong' in aggregate) return aggregate
  return {
    ok: {
      t: 'query',
      id,
      ch,
      ...(filter.ok && { where: filter.ok }),
      agg: aggregate.ok,
      ...(live !== undefined && { live }),
    },
  }
}

function parsePing({ n, t0 }: Record<string, unknown>): Parsed {
  if (!isCount(n)) return { wrong: '`n` must be a whole number' }
  if (t0 === undefined) return { ok: { t: 'ping', n } }
  if (typeof t0 !== 'number' || !Number.isFinite(t0))
    return { wrong: '`t0` must be the clock at sending, ms' }
  return { ok: { t: 'ping', n, t0 } }
}

const WRONG_ID = '`id` must be 1 to 64 of A-Z a-z 0-9 _ -'
const WRONG_CHANNEL = '`ch` must be 1 to 128 of A-Z a-z 0-9 . _ -'

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value)
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1))
}
