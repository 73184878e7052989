// The colder tiers of S3 by the words of the event file, and what S3 asks of them.
import type { Archive } from './event.ts'

export const ARCHIVE_TIERS = ['instant', 'hours', 'days'] as const

/** How long a read takes: milliseconds, up to twelve hours, up to two days. */
export const ARCHIVE_CLASS: Record<(typeof ARCHIVE_TIERS)[number], Archive['storageClass']> = {
  instant: 'GLACIER_IR',
  hours: 'GLACIER',
  days: 'DEEP_ARCHIVE',
}

/**
 * Days that are billed even of an object that is deleted or moved earlier. Source: Amazon S3 User Guide, "Understanding
 * your AWS billing and usage reports for Amazon S3", the usage types `EarlyDelete-…`, read on 2026-11-30.
 */
export const LEAST_DAYS: Record<Archive['storageClass'] | 'STANDARD_IA', number> = {
  STANDARD_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
}

/** A storage class by the API's name, and as the price book writes it. */
export const PRICE_BOOK_CLASS: Record<keyof typeof LEAST_DAYS, string> = {
  STANDARD_IA: 'standard-ia',
  GLACIER_IR: 'glacier-ir',
  GLACIER: 'glacier',
  DEEP_ARCHIVE: 'deep-archive',
}
