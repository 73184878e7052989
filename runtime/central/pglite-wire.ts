// What the embedded database's thread is asked and answers.
import type { SqlValue } from './store.ts'

/** One statement, or `close`; numbered from 1. They are run one after the other, in the order they come. */
export type Asked = { id: number; text: string; values: readonly SqlValue[] } | { id: number; close: true }

/** Of an error only what is shown travels: its details quote rows. */
export type Answered =
  | { id: number; rows: unknown[] }
  | { id: number; error: { message: string; code?: string } }

/** Number of the answer that says whether the database could be opened. */
export const OPENED = 0
