// The certificates of an event as its checklist sees them.
import { type CertificateFor, heldCertificate } from './certificate-folder.ts'
import { judgeCertificate } from './lifetime.ts'

export interface CertificateState extends CertificateFor {
  /** To the end of the event's window, and two days more. */
  outlasts: boolean
  /** ms since the Unix epoch; null: there is none that can be used. */
  expiresAtMs: number | null
  /** null: it outlasts the event. */
  fault: string | null
  /** From when on a new one of the same life outlasts the event; null: from now on. */
  lateEnoughMs: number | null
}

/** Times are ms since the Unix epoch. Errors: MP_TLS_MISSING, for files that are there and cannot be read. */
export async function certificateStates(
  folder: string,
  names: readonly CertificateFor[],
  eventEndsMs: number,
  wallMs: number,
): Promise<CertificateState[]> {
  return await Promise.all(
    names.map(async (each) => {
      const held = await heldCertificate(folder, each, wallMs)
      const { outlasts, lateEnoughMs } = judgeCertificate(held, eventEndsMs, wallMs)
      const faults = {
        none: 'there is none',
        good: outlasts ? null : 'it ends before the event does',
        bad: held.state === 'bad' ? held.why : null,
      }
      return {
        ...each,
        outlasts,
        expiresAtMs: held.state === 'good' ? held.expiresAtMs : null,
        fault: faults[held.state],
        lateEnoughMs,
      }
    }),
  )
}
