// What a node asks for before it may speak MQTT: its first certificate, against a one-time code, and a new one, against the one it has
// (R-SEC-02). The HTTPS around it is in server.ts.
import type { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { isRoostError } from '../core/errors.ts'
import { isUid, type Place, placeText } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import type { IssuedDevice, Pki } from '../pki/pki.ts'
import type { Codes } from './codes.ts'
import { createLimiter, RENEWALS_OF_UID, WRONG_OF_ADDRESS, WRONG_OF_ALL } from './limits.ts'

const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength))
const csr = text(8_192)
const enrolSchema = v.object({
  csr,
  code: text(64),
  uid: v.pipe(v.string(), v.check(isUid, 'is not rn- and 12 hex digits')),
  chip: v.optional(text(32)),
  fw_version: v.optional(text(32)),
})
const renewSchema = v.object({ csr })

/** What a node needs to speak with its hub. */
export interface Welcome {
  cert: string
  /** The CAs to trust, one or two. */
  ca: string
  place: Place | null
}

export type Answer =
  | { ok: true; welcome: Welcome }
  | { ok: false; code: string; status: number; detail: string; retryS?: number }

export interface Onboarding {
  /** Answers the body of POST /enrol from `address`. Never rejects. */
  enrol(body: unknown, address: string): Promise<Answer>
  /** Answers the body of POST /rotate of the node that showed `certificate`. Never rejects. */
  renew(body: unknown, certificate: X509Certificate | undefined, address: string): Promise<Answer>
  readonly stats: { enrolled: number; renewed: number; refused: number }
}

export interface OnboardingParts {
  clock: Clock
  log: Log
  codes: Codes
  pki: Pick<Pki, 'issueFromCsr' | 'vouch' | 'used' | 'revoke'>
  registry: {
    add(uid: string, place: Place | null, issued: IssuedDevice): Promise<{ place: Place | null }>
    get(uid: string): { place: Place | null } | undefined
    setPlace(uid: string, place: null): Promise<unknown>
  }
  /** A node came in, or gave its place to one that did; `former`: the place that it had, undefined for one that was unknown. */
  enrolled(uid: string, former: Place | null | undefined): void
}

/** Errors that are the node's or the code's; anything else is the hub's. */
const STATUS: Record<string, number> = {
  BAD_REQUEST: 400,
  CODE_WRONG: 403,
  PLACE_TAKEN: 409,
  DEVICE_PLACED: 409,
  BUSY: 429,
}

export function createOnboarding(parts: OnboardingParts): Onboarding {
  const { clock, log, codes, pki, registry } = parts
  const wrongOfAddress = createLimiter(WRONG_OF_ADDRESS)
  const wrongOfAll = createLimiter(WRONG_OF_ALL)
  const renewals = createLimiter(RENEWALS_OF_UID)
  const stats = { enrolled: 0, renewed: 0, refused: 0 }

  function refuse(status: number, code: string, detail: string, address: string, retryS?: number): Answer {
    stats.refused++
    log.warn('onboarding-refused', { code, detail, address })
    return { ok: false, status, code, detail, ...(retryS === undefined ? {} : { retryS }) }
  }

  function refuseError(error: unknown, address: string): Answer {
    if (isRoostError(error) && STATUS[error.code])
      return refuse(STATUS[error.code]!, error.code, error.message, address)
    const { message } = error as Error
    log.error('onboarding-failed', { error: message, address })
    return { ok: false, status: 503, code: 'INTERNAL', detail: 'the hub failed; its log says more' }
  }

  /** Takes a node from the place that another one gets now, and shuts it out: it lies in a bin, or in somebody's pocket. */
  async function retire(uid: string, place: Place | null) {
    const former = registry.get(uid)?.place
    if (!former || !place || placeText(former) !== placeText(place)) return
    await registry.setPlace(uid, null)
    await pki.revoke({ uid })
    log.warn('node-replaced', { uid, place: placeText(former) })
    parts.enrolled(uid, former)
  }

  return {
    stats,
    async enrol(body, address) {
      const nowMs = clock.monotonicMs()
      const waitS = Math.max(wrongOfAddress.waitS(address, nowMs), wrongOfAll.waitS('', nowMs))
      if (waitS > 0) return refuse(429, 'BUSY', 'too many wrong codes', address, waitS)
      const parsed = v.safeParse(enrolSchema, body)
      if (!parsed.success) return refuse(400, 'BAD_REQUEST', reasonOf(parsed.issues[0]), address)
      const { uid, code, chip, fw_version } = parsed.output
      // Counted before it is looked up: tries at the same time do not get past the limit together.
      wrongOfAddress.note(address, nowMs)
      wrongOfAll.note('', nowMs)
      const forgive = () => {
        wrongOfAddress.forgive(address)
        wrongOfAll.forgive('')
      }
      const former = registry.get(uid)?.place
      try {
        const welcome = await codes.spend(code, uid, async ({ place, replaces }) => {
          const wanted = place ?? registry.get(uid)?.place ?? null
          const issued = await pki.issueFromCsr(parsed.output.csr, uid, { place: wanted })
          if (replaces !== null && replaces !== uid) await retire(replaces, place)
          const device = await registry.add(uid, place, issued)
          return { cert: issued.certPem, ca: issued.caPem, place: device.place }
        })
        forgive()
        stats.enrolled++
        const at = welcome.place && placeText(welcome.place)
        log.info('node-enrolled', { uid, place: at, chip, firmware: fw_version, address })
        parts.enrolled(uid, former)
        return { ok: true, welcome }
      } catch (error) {
        if (!isRoostError(error, 'CODE_WRONG')) forgive()
        return refuseError(error, address)
      }
    },

    async renew(body, certificate, address) {
      if (!certificate) return refuse(401, 'CERTIFICATE_REFUSED', 'a certificate of this farm is needed', address)
      const known = pki.vouch(certificate)
      if (!known.ok) return refuse(403, 'CERTIFICATE_REFUSED', `the certificate is refused: ${known.reason}`, address)
      const { uid } = known
      const nowMs = clock.monotonicMs()
      const waitS = renewals.waitS(uid, nowMs)
      if (waitS > 0) return refuse(429, 'BUSY', `${uid} renews too often`, address, waitS)
      renewals.note(uid, nowMs)
      const parsed = v.safeParse(renewSchema, body)
      if (!parsed.success) return refuse(400, 'BAD_REQUEST', reasonOf(parsed.issues[0]), address)
      try {
        await pki.used(known)
        const place = registry.get(uid)?.place ?? null
        const issued = await pki.issueFromCsr(parsed.output.csr, uid, { place })
        await registry.add(uid, null, issued)
        stats.renewed++
        log.info('certificate-renewed', { uid, serial: issued.serial, from: known.serial, address })
        return { ok: true, welcome: { cert: issued.certPem, ca: issued.caPem, place } }
      } catch (error) {
        return refuseError(error, address)
      }
    },
  }
}

const reasonOf = (issue: v.BaseIssue<unknown>) => `body "${v.getDotPath(issue) ?? ''}": ${issue.message}`
