// The parts of a venue's PoP that make the show: who is there, what operators run, and the log that is metered.
import type { Part } from '../broker/part.ts'
import { Presence } from '../broker/presence.ts'
import { ShowAgenda } from './agenda.ts'
import { Cues } from './cues.ts'
import { MediaClocks } from './media-clocks.ts'
import { Moderation } from './moderation.ts'
import { Polls } from './polls.ts'
import { SessionLog } from './session-log.ts'

/** In the order in which a publish is looked at: who is muted learns that first. */
export function venueParts(): Part[] {
  return [
    new Moderation(),
    new Polls(),
    new Cues(),
    new ShowAgenda(),
    new MediaClocks(),
    new SessionLog(),
    new Presence(),
  ]
}
