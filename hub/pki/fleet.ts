// How a device stands with its certificates: what staff see of a fleet. Pure.
import type { Certificate } from './ledger.ts'

const DAY_MS = 86_400_000
/** A node that could not renew in time goes on for so long, and is shown as overdue. */
export const EXPIRY_GRACE_MS = 90 * DAY_MS
/** Renewal is due when less than this part of the validity is left. */
const DUE_PART = 1 / 5

/**
 * `none`: the hub knows of no certificate; `rotating`: a new one is issued and was not used yet; `overdue`: it has expired; `stranded`: its CA
 * was changed and is trusted no more, so that the node needs a new code.
 */
export const CERTIFICATE_STATES = ['none', 'valid', 'due', 'rotating', 'overdue', 'stranded', 'revoked'] as const
export type CertificateState = (typeof CERTIFICATE_STATES)[number]

export interface CertificateStatus {
  state: CertificateState
  /** Of the certificate that is in use, else the one that was issued last. */
  serial: string | null
  notAfterMs: number | null
  /** Whole days; negative when it has expired. */
  daysLeft: number | null
}

/** When a certificate that `issuedMs` was given until `notAfterMs` is due for renewal, wall time. */
export const dueFromMs = (issuedMs: number, notAfterMs: number) => notAfterMs - (notAfterMs - issuedMs) * DUE_PART

/** The CAs of a farm, by key id: the one that signs nodes now, and all that are trusted. */
export interface Cas {
  issuing: string
  trusted: readonly string[]
}

/** The standing of a device by its certificates, oldest first. */
export function standingOf(certificates: readonly Certificate[], nowMs: number, cas: Cas): CertificateStatus {
  const current = certificates.findLast(({ status }) => status === 'current')
  const pending = certificates.findLast(({ status }) => status === 'pending')
  const shown = current ?? pending ?? certificates.at(-1)
  if (!shown) return { state: 'none', serial: null, notAfterMs: null, daysLeft: null }
  const { serial, notAfterMs } = shown
  const daysLeft = Math.floor((notAfterMs - nowMs) / DAY_MS)
  const stateOf = (): CertificateState => {
    if (!current && !pending) return 'revoked'
    if (shown.ca !== '' && !cas.trusted.includes(shown.ca)) return 'stranded'
    if (notAfterMs < nowMs) return 'overdue'
    if (current && pending) return 'rotating'
    const isOfOldCa = shown.ca !== '' && shown.ca !== cas.issuing
    return isOfOldCa || nowMs >= dueFromMs(shown.issuedMs, notAfterMs) ? 'due' : 'valid'
  }
  return { state: stateOf(), serial, notAfterMs, daysLeft }
}
