// The certificates with which the web UI speaks HTTPS, as values: a CA of this box alone, apart from the nodes', and a leaf of a year.
import 'reflect-metadata'
import { createHash, randomBytes, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import {
  type Authority,
  CLOCK_FLOOR_MS,
  type Credentials,
  createKeys,
  namesOf,
  SIGNING,
  X509Certificate,
} from '../pki/certificate.ts'
import { nameConstraints } from './name-constraints.ts'

const DAY_MS = 86_400_000
const CA_DAYS = 20 * 365
/** Phones refuse longer ones. */
export const LEAF_DAYS_MAX = 397
export const RENEW_BEFORE_MS = 60 * DAY_MS
const NAME_CONSTRAINTS = '2.5.29.30'
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

/** 126 random bits, positive (RFC 5280 §4.1.2.2). */
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}
const wholeSeconds = (ms: number) => new Date(Math.floor(ms / 1000) * 1000)
/** A clock that was never set is taken for the floor. */
const since = (wallMs: number) => Math.max(wallMs, CLOCK_FLOOR_MS)

/** A CA that may sign leaves for a farm's own names and addresses only. */
export async function createUiAuthority(wallMs: number): Promise<Credentials> {
  const { keys, keyPem } = await createKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: [{ CN: [`Roost box ${randomBytes(4).toString('hex')}`] }],
    notBefore: new Date(0),
    notAfter: wholeSeconds(since(wallMs) + CA_DAYS * DAY_MS),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      new Extension(NAME_CONSTRAINTS, true, Uint8Array.from(nameConstraints())),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { keyPem, certPem: `${certificate.toString('pem')}\n` }
}

/** A leaf for `names`, which the CA must be allowed to speak for: from a day ago, for 397 days. */
export async function issueLeaf(authority: Authority, names: readonly string[], wallMs: number): Promise<Credentials> {
  const { keys, keyPem } = await createKeys()
  const fromMs = since(wallMs) - DAY_MS
  const certificate = await X509CertificateGenerator.create({
    serialNumber: randomSerial(),
    subject: [{ CN: ['Roost'] }],
    issuer: authority.certificate.subjectName,
    notBefore: wholeSeconds(fromMs),
    notAfter: wholeSeconds(fromMs + LEAF_DAYS_MAX * DAY_MS - 1000),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey as webcrypto.CryptoKey,
    signingKey: authority.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([SERVER_AUTH]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  })
  return { keyPem, certPem: `${certificate.toString('pem')}\n` }
}

/** Why a leaf cannot serve `names` at `wallMs` any longer, or null; one for more names than these stays. Pure. */
export function staleness(certPem: string, names: readonly string[], wallMs: number): string | null {
  const certificate = new X509Certificate(certPem)
  const covered = new Set(namesOf(certificate))
  const missing = names.filter((name) => !covered.has(name))
  if (missing.length > 0) return `it was not for ${missing.join(', ')}`
  if (certificate.notBefore.getTime() > since(wallMs)) return 'it begins later than now'
  return certificate.notAfter.getTime() - since(wallMs) < RENEW_BEFORE_MS
    ? `it ends on ${certificate.notAfter.toISOString()}`
    : null
}

/** SHA-256 of a certificate (DER), as phones show it: `AB:CD:…`. */
export function fingerprintOf(certPem: string): string {
  const hex = createHash('sha256').update(derOf(certPem)).digest('hex').toUpperCase()
  return hex.replace(/..(?=.)/g, '$&:')
}

export const derOf = (certPem: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.from(certPem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64'))
