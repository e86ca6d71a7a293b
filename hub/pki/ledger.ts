// Which certificates this farm has issued and how each stands: the truth behind revocation and rotation. Memory answers; every
// change is durable in `certificates.log` before it counts, except a revocation, which counts at once.
//
//   pending ──(used)──▶ current ──(a newer one used)──▶ replaced
//      └──────────────────┴───────(revoked)──────────▶ revoked
import { join } from 'node:path'
import * as v from 'valibot'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { isUid } from '../core/ids.ts'
import type { Log } from '../core/log.ts'
import { openLineJournal } from './line-journal.ts'

export const LEDGER = 'certificates.log'
/** Certificates of one uid that are not yet expired; a node that asks again and again stops here. */
export const CERTIFICATES_OF_UID_MAX = 32
const LINES_MAX = 1_000

export const STATUSES = ['pending', 'current', 'replaced', 'revoked'] as const
export type Status = (typeof STATUSES)[number]

const certificateSchema = v.object({
  serial: v.pipe(v.string(), v.regex(/^[0-9a-f]{2,40}$/)),
  uid: v.pipe(v.string(), v.check(isUid, 'no uid')),
  /** Where the device was to hang when it was issued, site/house/node. */
  place: v.nullable(v.string()),
  notBeforeMs: v.number(),
  notAfterMs: v.number(),
  issuedMs: v.number(),
  status: v.picklist(STATUSES),
  /** Wall time of the last change of status. */
  sinceMs: v.number(),
  /** Key id of the CA that signed it, hex; '' when it was not seen when issued. */
  ca: v.string(),
  /** SHA-256 of its public key (SPKI), hex; '' as above. */
  keyId: v.string(),
  /** Kept while pending, so that a node that lost the answer gets the same again. */
  certPem: v.nullable(v.string()),
})
export type Certificate = Readonly<v.InferOutput<typeof certificateSchema>>

/** One line: certificates as they now are; and uids whose certificates that the ledger does not know are refused too. */
const lineSchema = v.object({ set: v.array(certificateSchema), bar: v.array(v.string()) })
type Line = v.InferOutput<typeof lineSchema>

export interface Ledger {
  all(): Iterable<Certificate>
  get(serial: string): Certificate | undefined
  /** Oldest first. */
  ofUid(uid: string): readonly Certificate[]
  isBarred(uid: string): boolean
  /** Takes in a certificate before it is handed out. BUSY when the uid has too many, DISK. */
  issued(certificate: Certificate, nowMs: number): Promise<void>
  /** The device showed this certificate: it is the current one now, what it had before is replaced. Serials that are so. DISK. */
  used(certificate: Certificate, nowMs: number): Promise<string[]>
  /** In force when called, durable when it resolves. The serials. DISK: in force until the next start only; try again. */
  revoke(target: { uid: string } | { serial: string }, nowMs: number): Promise<string[]>
}

/** Opens or creates the ledger in `dir`. DISK. */
export async function openLedger({ dir, disk, log }: { dir: string; disk: Disk; log: Log }): Promise<Ledger> {
  const bySerial = new Map<string, Certificate>()
  const byUid = new Map<string, Certificate[]>()
  const barred = new Set<string>()
  let unread = 0

  function put(certificate: Certificate) {
    const before = bySerial.get(certificate.serial)
    bySerial.set(certificate.serial, certificate)
    const list = byUid.get(certificate.uid) ?? []
    const at = before ? list.indexOf(before) : -1
    if (at >= 0) list[at] = certificate
    else list.push(certificate)
    byUid.set(certificate.uid, list)
  }

  function drop({ serial, uid }: Certificate) {
    bySerial.delete(serial)
    byUid.set(
      uid,
      ofUid(uid).filter((other) => other.serial !== serial),
    )
  }

  function apply({ set, bar }: Line) {
    for (const certificate of set) put(certificate)
    for (const uid of bar) barred.add(uid)
  }

  const path = join(dir, LEDGER)
  const { journal, damaged } = await openLineJournal({
    path,
    disk,
    linesMax: LINES_MAX,
    replay(value) {
      const line = v.safeParse(lineSchema, value)
      if (line.success) apply(line.output)
      else unread++
    },
    snapshot: () => [
      ...[...bySerial.values()].map((certificate) => ({ set: [certificate], bar: [] })),
      ...(barred.size > 0 ? [{ set: [], bar: [...barred] }] : []),
    ],
  })
  if (damaged.length > 0 || unread > 0) log.error('certificate-ledger-damaged', { file: path, lines: damaged, unread })

  const ofUid = (uid: string): readonly Certificate[] => byUid.get(uid) ?? []
  const replacedBy = (certificate: Certificate): Certificate[] => {
    const list = ofUid(certificate.uid)
    const at = list.findIndex(({ serial }) => serial === certificate.serial)
    return list.slice(0, at < 0 ? undefined : at).filter(({ status }) => status === 'current' || status === 'pending')
  }

  return {
    all: () => bySerial.values(),
    get: (serial) => bySerial.get(serial),
    ofUid,
    isBarred: (uid) => barred.has(uid),

    async issued(certificate, nowMs) {
      const list = ofUid(certificate.uid)
      if (list.length >= CERTIFICATES_OF_UID_MAX) {
        const expired = list.find(({ notAfterMs, status }) => notAfterMs < nowMs && status !== 'current')
        if (!expired) throw new RoostError('BUSY', `${certificate.uid} has ${list.length} certificates already`)
        drop(expired)
      }
      await journal.append({ set: [certificate], bar: [] } satisfies Line)
      put(certificate)
    },

    async used(certificate, nowMs) {
      const status = bySerial.get(certificate.serial)?.status
      if (status === 'revoked' || status === 'replaced') return []
      if (status === 'current' && replacedBy(certificate).length === 0) return []
      const replaced = replacedBy(certificate).map(
        (old): Certificate => ({ ...old, status: 'replaced', sinceMs: nowMs, certPem: null }),
      )
      const set: Certificate[] = [...replaced, { ...certificate, status: 'current', sinceMs: nowMs, certPem: null }]
      await journal.append({ set, bar: [] } satisfies Line)
      // One of them may have been revoked while the card was busy; its line comes after this one, and it stands.
      for (const next of set) if (bySerial.get(next.serial)?.status !== 'revoked') put(next)
      return replaced.map(({ serial }) => serial)
    },

    async revoke(target, nowMs) {
      const one = 'serial' in target ? bySerial.get(target.serial) : undefined
      const which = 'uid' in target ? ofUid(target.uid) : one ? [one] : []
      const line: Line = {
        set: which.map((old) =>
          old.status === 'revoked' ? old : { ...old, status: 'revoked', sinceMs: nowMs, certPem: null },
        ),
        bar: 'uid' in target ? [target.uid] : [],
      }
      apply(line)
      await journal.append(line)
      return line.set.map(({ serial }) => serial)
    },
  }
}
