// The colder tiers of S3 by the words of the event file, and what S3 asks of them.
// Source: Amazon S3 User Guide, "Understanding S3 Glacier storage classes" and "Transitioning objects", from knowledge of it on 2026-11-29, not looked up.
import type { Archive } from './event.ts'

export const ARCHIVE_TIERS = ['instant', 'hours', 'days'] as const

/** How long a read takes: milliseconds, up to twelve hours, up to two days. */
export const ARCHIVE_CLASS: Record<(typeof ARCHIVE_TIERS)[number], Archive['storageClass']> = {
  instant: 'GLACIER_IR',
  hours: 'GLACIER',
  days: 'DEEP_ARCHIVE',
}

/** Days that are billed even of an object that is deleted earlier. */
export const ARCHIVE_LEAST_DAYS: Record<Archive['storageClass'], number> = {
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
}
