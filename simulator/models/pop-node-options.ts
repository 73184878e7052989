// What a modelled PoP is given: its clock, its machine, its ways to central, and whom it tells.
import type { PopConfig } from '../../runtime/pop-config.ts'
import type { Lane } from '../../runtime/protocol/lanes.ts'
import type { LogRecord } from '../../runtime/queue/record.ts'
import type { Random } from '../engine/random.ts'
import type { CentralNode } from './central-node.ts'
import type { Disk } from './disk.ts'
import type { PopDeliveriesOptions } from './pop-deliveries.ts'
import type { UplinkLink } from './uplink-link.ts'

export interface PopNodeOptions extends PopDeliveriesOptions {
  name: string
  central: CentralNode
  /** Its ways to central, the first one first. */
  uplinks: readonly UplinkLink[]
  /** null: writes are part of the times that were measured. */
  disk: Disk | null
  /** As the PoP that runs at the show has it. */
  config: PopConfig
  random: { retry: Random; commit: Random }
  /** A publish is durable now; its acknowledgement leaves `afterMs` later. */
  acked: (client: string, lane: Lane, seq: number, afterMs: number) => void
  refused: (client: string, lane: Lane, seq: number) => void
  /** Central has committed this record of an attendee now. */
  synced: (record: LogRecord) => void
  /** For a PoP that is killed in this run: its durable records are kept, for it to start from. */
  keepsLog?: boolean
}
