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
export const TOP_K_MAX = 100
export const HISTOGRAM_EDGES_MAX = 128

/** Values told apart by `count`, at most: those that come later are counted as `other`. */
export const GROUPS_MAX = 512
/** A longer value is counted under its beginning. */
export const GROUP_CHARS_MAX = 128
/** Of a field that is a list, the values that count: a vote for several options. */
export const LIST_VALUES_MAX = 64
/** Clients whose newest message one aggregate remembers; messages of further ones are counted as `beyond`. */
export const CLIENTS_MAX = 20_000
