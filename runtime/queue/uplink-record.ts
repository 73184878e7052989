// A record of the log as it travels to central.
import type { UplinkRecord } from '../protocol/uplink.ts'
import type { LogRecord } from './record.ts'

export function uplinkRecord({ client, seq, ch, body, at, off, part, t }: LogRecord): UplinkRecord {
  return { client, seq, ch, body, at, off, ...(part !== undefined && { part }), t }
}
