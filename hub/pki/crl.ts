// The list of certificates that this farm no longer accepts, as any tool reads it (RFC 5280 §5): `crl.pem`, one signed list for each
// CA that is trusted. The hub itself refuses by its ledger; the list is for others, and a second copy should the ledger be damaged.
import 'reflect-metadata'
import { join } from 'node:path'
import { Extension, X509Crl, X509CrlGenerator, X509CrlReason } from '@peculiar/x509'
import type { Disk } from '../core/disk.ts'
import { errorFields, type Log } from '../core/log.ts'
import { readWhole, replaceFile } from '../core/replace-file.ts'
import { type Authority, CLOCK_FLOOR_MS, SIGNING } from './certificate.ts'

export const CRL = 'crl.pem'
const MAX_BYTES = 64 * 1024 * 1024
const DAY_MS = 86_400_000
/** A tool that checks refuses a list that is older than this; the hub makes it anew long before. */
const VALID_DAYS = 365
const RENEW_DAYS = 180
const CRL_NUMBER = '2.5.29.20'

export interface RefusedCertificate {
  serial: string
  sinceMs: number
  isReplaced: boolean
}

export interface CrlFile {
  /** What the file says, as it was read or written last. */
  pem(): string
  /** Serials that whole lists on the card hold, at open. */
  readonly found: ReadonlySet<string>
  /** Makes the file say exactly this, when it does not yet or is old; durable when it resolves. DISK. */
  write(
    lists: readonly { authority: Authority; refused: readonly RefusedCertificate[] }[],
    nowMs: number,
  ): Promise<void>
}

/** Reads the lists in `dir` that one of `authorities` signed. What cannot be read is made anew at the next write. */
export async function openCrlFile(
  dir: string,
  disk: Disk,
  log: Log,
  authorities: readonly Authority[],
): Promise<CrlFile> {
  const path = join(dir, CRL)
  let shown = await readLists(path, disk, log, authorities)
  const found = new Set(shown.flatMap((crl) => crl.entries.map(({ serialNumber }) => serialNumber.toLowerCase())))
  let number = Math.max(0, ...shown.map(numberOf))

  return {
    found,
    pem: () => shown.map(pemOf).join(''),
    async write(lists, nowMs) {
      const isFresh =
        shown.length === lists.length &&
        lists.every(({ authority, refused }, i) => says(shown[i]!, authority, refused) && isYoung(shown[i]!, nowMs))
      if (isFresh) return
      number++
      const made: X509Crl[] = []
      for (const { authority, refused } of lists) made.push(await sign(authority, refused, number, nowMs))
      await replaceFile(disk, path, Buffer.from(made.map(pemOf).join('')))
      shown = made
    },
  }
}

/** With the label that OpenSSL reads (RFC 7468 §6). */
const pemOf = (crl: X509Crl) =>
  `-----BEGIN X509 CRL-----\n${Buffer.from(crl.rawData)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')}\n-----END X509 CRL-----\n`

async function readLists(path: string, disk: Disk, log: Log, authorities: readonly Authority[]): Promise<X509Crl[]> {
  try {
    const bytes = await readWhole(disk, path, MAX_BYTES)
    const text = Buffer.from(bytes ?? []).toString('utf8')
    const lists: X509Crl[] = []
    for (const [, base64] of text.matchAll(/-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g)) {
      const crl = new X509Crl(Uint8Array.from(Buffer.from(base64!, 'base64')))
      for (const { certificate } of authorities) {
        if (await crl.verify({ publicKey: certificate.publicKey })) lists.push(crl)
      }
    }
    return lists
  } catch (error) {
    log.warn('crl-unreadable', { file: path, ...errorFields(error) })
    return []
  }
}

const says = (crl: X509Crl, { certificate }: Authority, refused: readonly RefusedCertificate[]): boolean => {
  if (crl.issuer !== certificate.subject || crl.entries.length !== refused.length) return false
  const wanted = new Set(refused.map(({ serial }) => serial))
  return crl.entries.every(({ serialNumber }) => wanted.has(serialNumber.toLowerCase()))
}

const isYoung = (crl: X509Crl, nowMs: number) => (crl.nextUpdate?.getTime() ?? 0) - nowMs > RENEW_DAYS * DAY_MS

const sign = (
  { certificate, key }: Authority,
  refused: readonly RefusedCertificate[],
  number: number,
  nowMs: number,
) => {
  const thisMs = Math.floor(Math.max(nowMs, CLOCK_FLOOR_MS) / 1000) * 1000
  return X509CrlGenerator.create({
    issuer: certificate.subjectName,
    thisUpdate: new Date(thisMs),
    nextUpdate: new Date(thisMs + VALID_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    signingKey: key,
    extensions: [new Extension(CRL_NUMBER, false, derInteger(number))],
    entries: refused.map(({ serial, sinceMs, isReplaced }) => ({
      serialNumber: serial,
      revocationDate: new Date(Math.floor(Math.max(sinceMs, 0) / 1000) * 1000),
      reason: isReplaced ? X509CrlReason.superseded : X509CrlReason.unspecified,
    })),
  })
}

/** DER INTEGER of a count. */
function derInteger(value: number): Uint8Array<ArrayBuffer> {
  const hex = value.toString(16)
  // An even number of digits, and a leading zero byte where the first bit would make it negative.
  const body = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex >= '8' ? `00${hex}` : hex, 'hex')
  return Uint8Array.from([0x02, body.length, ...body])
}

/** The number of a list; 0 when it has none. */
function numberOf(crl: X509Crl): number {
  const value = crl.getExtension(CRL_NUMBER)?.value
  return value ? Number.parseInt(Buffer.from(value).subarray(2).toString('hex') || '0', 16) : 0
}
