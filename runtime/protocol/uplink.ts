// The uplink wire: JSON text frames over the one WebSocket between a PoP and central, `micropop-uplink.v1`.
//
// Each lane of a PoP's log numbers its records 1, 2, 3…; central keeps one watermark per (pop, log, lane) and
// applies a batch only when it continues that watermark, in one transaction with the watermark's advance.
// `log` is made with the PoP's log, so a replaced disk starts over instead of colliding with its past.
//
// PoP and central are upgraded one after the other, so within `v1` nothing changes its meaning: fields are added, and who
// does not know one ignores it; a new kind of frame is sent only to who has said, by a field of `uplink` or `ready`, that it
// knows it (as `versions` says of documents). What cannot be said so is `v2`, beside `v1`: docs/day-two.md.
//
// Now and then the PoP compares by digest what its log and central's tables really hold, and sends again what central
// lost. Documents (configuration, content, features) come down the same connection, in the order of their versions.
import type { Lane } from './lanes.ts'

export const UPLINK_SUBPROTOCOL = 'micropop-uplink.v1'
/** HTTP header of a refusal: what central speaks, so that the PoP can say what to do. */
export const UPLINK_SPOKEN_HEADER = 'micropop-uplink'

/** Largest frame central reads, bytes of UTF-8; a larger one closes the connection. */
export const UPLINK_FRAME_BYTES_MAX = 1024 * 1024
/** Most records in one batch, and in one block of a comparison. */
export const UPLINK_BATCH_RECORDS_MAX = 1_000

/** First frame from the PoP. The shared secret travels in the `Authorization: Bearer` header, never here. */
export interface UplinkHello {
  t: 'uplink'
  event: string
  pop: string
  log: string
  /**
   * Fencing: who writes this log. Raised by one when a replica is promoted to primary; central refuses a lower one
   * than it has seen with MP_UPLINK_FENCED. Default 1.
   */
  term?: number
  /**
   * Newest record of each lane when this term began, where the log was taken over. What central has beyond is of the PoP
   * before, which got further than was copied: the records that have these numbers now are others.
   */
  began?: Partial<Record<Lane, number>>
  /** What documents the PoP has. Without it, as from a PoP of before, none are pushed. */
  versions?: DocumentVersions
  /** Version of the PoP's software, for who operates it. */
  micropop?: string
}

export interface UplinkRecord {
  client: string
  seq: number
  ch: string
  body: unknown
  /** Intended send time by the client's clock, ms since the Unix epoch. */
  at: number
  /** Offset that the PoP gave it in its channel, or in partition `part` of it. */
  off?: number
  part?: number
  /** When it came to the PoP, by the PoP's clock, ms since the Unix epoch. */
  t?: number
}

/** `records[i]` is record `first + i` of the lane; null where the PoP shed it for want of space. */
export interface Batch {
  t: 'batch'
  lane: Lane
  first: number
  records: (UplinkRecord | null)[]
}

/** Heartbeat; answered with the same `n` at once, ahead of any data. */
export interface Beat {
  t: 'beat'
  n: number
}

/** What a run of consecutive records of a lane has: how many of them are there, and a sum over what they are. */
export interface BlockDigest {
  from: number
  to: number
  count: number
  /** Sum modulo 2^64 of the records' digests, 16 hexadecimal digits: see `queue/record-digest.ts`. */
  sum: string
}

/**
 * Opens a comparison of what both sides have. Of these frames and `digests`, `records` and `repair` one is on its way
 * at a time; central answers each with the same `n`.
 */
export interface Reconcile {
  t: 'reconcile'
  n: number
  versions: DocumentVersions
}

export interface LaneDigests {
  t: 'digests'
  n: number
  lane: Lane
  blocks: BlockDigest[]
}

/** One block, record by record: `digests` is base64 of 8 bytes each (big-endian), all zero where the log shed it. */
export interface RecordDigests {
  t: 'records'
  n: number
  lane: Lane
  from: number
  digests: string
}

/** Records that central lost, each with its number in the lane. */
export interface Repair {
  t: 'repair'
  n: number
  lane: Lane
  records: [laneSeq: number, record: UplinkRecord][]
}

/** A document is durable at the PoP. */
export interface DocumentKept {
  t: 'doc-kept'
  kind: DocumentKind
  version: number
}

/** What a version of software looks like; anything else is as if it was not told. */
export const SOFTWARE_VERSION = /^[0-9A-Za-z.+-]{1,40}$/

export type PopUplinkFrame =
  | UplinkHello
  | Batch
  | Beat
  | Reconcile
  | LaneDigests
  | RecordDigests
  | Repair
  | DocumentKept

/** Answer to `uplink`: what central already has of this log. The PoP continues after it. */
export interface UplinkReady {
  t: 'ready'
  watermarks: Partial<Record<Lane, number>>
  /** Version of central's software, for who operates it. */
  micropop?: string
}

/** Committed: everything of `lane` up to and including record `through`. */
export interface Applied {
  t: 'applied'
  lane: Lane
  through: number
}

/** A batch did not continue the watermark: send again from `expected`. */
export interface Gap {
  t: 'gap'
  lane: Lane
  expected: number
}

export interface UplinkRefusal {
  t: 'err'
  code: string
  why: string
}

/** Answer to `reconcile`. Up to and including `expired` of a lane, messages may have been let go for their age. */
export interface Reconciling {
  t: 'reconciling'
  n: number
  expired: Partial<Record<Lane, number>>
}

/** Answer to `digests`: central's own of those blocks that differ. */
export interface Differing {
  t: 'differing'
  n: number
  blocks: BlockDigest[]
}

/** Answer to `records`, lane sequences: what central lacks, has besides, and has with other contents. */
export interface Missing {
  t: 'missing'
  n: number
  lacks: number[]
  extra: number[]
  other: number[]
}

/** Answer to `repair`: how many became messages again; the others another path had brought. */
export interface Repaired {
  t: 'repaired'
  n: number
  stored: number
}

export const DOCUMENT_KINDS = ['config', 'content', 'features'] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

export function isDocumentKind(value: unknown): value is DocumentKind {
  return DOCUMENT_KINDS.includes(value as DocumentKind)
}

/** Names of documents: part of a channel's name and of a file's. */
export const DOCUMENT_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** Largest body of a document, bytes of its JSON text. */
export const DOCUMENT_BYTES_MAX = 256 * 1024
/** Documents of one kind and event, deleted ones included. */
export const DOCUMENTS_MAX = 250

/** By kind: everything up to version `through` is there; `digest` is over names and versions, see `documents/versions.ts`. */
export type DocumentVersions = Partial<Record<DocumentKind, { through: number; digest: string }>>

/** Versions count the changes of one kind in an event, so that a PoP that applies them in order needs one number. */
export interface Document {
  kind: DocumentKind
  /** See `DOCUMENT_NAME`. */
  name: string
  version: number
  /** Missing where the document is deleted. */
  body?: unknown
}

/** The next change that the PoP lacks; the one after it follows its `doc-kept`. */
export interface DocumentPush extends Document {
  t: 'doc'
}

/** Largest frame a PoP must read: a document's body and what surrounds it. */
export const CENTRAL_FRAME_BYTES_MAX = DOCUMENT_BYTES_MAX + 1024

export type CentralUplinkFrame =
  | UplinkReady
  | Applied
  | Gap
  | Beat
  | UplinkRefusal
  | Reconciling
  | Differing
  | Missing
  | Repaired
  | DocumentPush
