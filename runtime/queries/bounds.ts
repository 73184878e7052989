// How large filters, aggregates and what they keep may get: every message is held against every open query.

/** `and`, `or` and `not` inside each other. */
export const FILTER_DEPTH_MAX = 8
/** Conditions and `and`, `or`, `not` of one filter together. */
export const FILTER_NODES_MAX = 64
/** Of one filter: its paths and values together, in characters. */
export const FILTER_CHARS_MAX = 4_096
/** Values of one `in`. */
export const IN_VALUES_MAX = 256

export const PATH_CHARS_MAX = 256
export const PATH_SEGMENTS_MAX = 16

/** Values that `top` tells. */
export const TOP_K_MAX = 50
export const HISTOGRAM_EDGES_MAX = 128

/** Values told apart by `count`, at most: those that come later are counted as `other`. */
export const GROUPS_MAX = 256
/** A longer value is counted under its beginning. */
export const GROUP_CHARS_MAX = 64
/** Of a field that is a list, the values that count: a vote for several options. */
export const LIST_VALUES_MAX = 64
/** Clients whose newest message one live query remembers; messages of further ones are counted as `beyond`. */
export const QUERY_CLIENTS_MAX = 20_000

/** Channels that have standing aggregates, one counted for each of them. A checkpoint, 64 MiB at most, holds them all. */
export const STANDING_CHANNELS_MAX = 256
/** Clients whose newest message is remembered, of all standing aggregates together. */
export const STANDING_CLIENTS_MAX = 400_000

/** Different live queries, each counted once however many sessions ask it. */
export const OPEN_QUERIES_MAX = 256
/** Of these, on one channel: each of its messages is held against them all. */
export const OPEN_QUERIES_PER_CHANNEL_MAX = 64
/** Of these, that remember clients. */
export const OPEN_QUERIES_PER_CLIENT_MAX = 32
/** Between two results of one query. */
export const RESULT_EVERY_MS = 200
