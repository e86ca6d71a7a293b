// Keys and certificates as values: made with WebCrypto and @peculiar/x509, nothing is read or written here.
import 'reflect-metadata'
import { createHash, randomBytes, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

cryptoProvider.set(crypto)

type CryptoKey = webcrypto.CryptoKey

const EC = { name: 'ECDSA', namedCurve: 'P-256' }
export const SIGNING = { name: 'ECDSA', hash: 'SHA-256' }
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const DAY_MS = 86_400_000

/**
 * Every certificate is valid from the epoch on. A hub without a battery clock may start in 1970 or at the image's date, and a
 * node too; a not-before of "now" would make the farm refuse its own nodes until somebody sets a clock. What a later date would
 * protect from (use before issue) needs the private key, which did not exist then.
 */
export const NOT_BEFORE = new Date(0)

/** A clock that shows an earlier time than this has not been set; validity is counted from here then. */
export const CLOCK_FLOOR_MS = Date.UTC(2026, 0, 1)

export interface Credentials {
  keyPem: string
  certPem: string
}

export interface IssuedCertificate {
  certPem: string
  /** Hex, 32 digits. */
  serial: string
  notBeforeMs: number
  notAfterMs: number
}

export interface Authority {
  certificate: X509Certificate
  key: CryptoKey
  certPem: string
  /** Its key id, hex. */
  id: string
}

/** `days` from `wallMs` on, as whole seconds; from the floor when that clock was never set. */
export const notAfterOf = (wallMs: number, days: number): Date =>
  new Date(Math.floor((Math.max(wallMs, CLOCK_FLOOR_MS) + days * DAY_MS) / 1000) * 1000)

/** A positive 16-byte serial of full length: 126 random bits (RFC 5280 §4.1.2.2 wants it unique and at most 20 bytes). */
function randomSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x3f) | 0x40
  return bytes.toString('hex')
}

export async function createKeys(): Promise<{ keys: webcrypto.CryptoKeyPair; keyPem: string }> {
  const keys = await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
  return { keys, keyPem }
}

/** A self-signed CA that may sign leaves only. */
export async function createAuthority(name: string, notAfter: Date): Promise<Credentials> {
  const { keys, keyPem } = await createKeys()
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: [{ CN: [name] }],
    notBefore: NOT_BEFORE,
    notAfter,
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { keyPem, certPem: `${certificate.toString('pem')}\n` }
}

async function issue(
  authority: Authority,
  leaf: { name: string; publicKey: CryptoKey; usage: string; notAfter: Date; extensions?: Extension[] },
): Promise<IssuedCertificate> {
  const serial = randomSerial()
  // A leaf that outlives its CA is refused by some verifiers and useless to the others.
  const notAfter = new Date(Math.min(leaf.notAfter.getTime(), authority.certificate.notAfter.getTime()))
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial,
    subject: [{ CN: [leaf.name] }],
    issuer: authority.certificate.subjectName,
    notBefore: NOT_BEFORE,
    notAfter,
    signingAlgorithm: SIGNING,
    publicKey: leaf.publicKey,
    signingKey: authority.key,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([leaf.usage]),
      await SubjectKeyIdentifierExtension.create(leaf.publicKey),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      ...(leaf.extensions ?? []),
    ],
  })
  return {
    certPem: `${certificate.toString('pem')}\n`,
    serial,
    notBeforeMs: NOT_BEFORE.getTime(),
    notAfterMs: notAfter.getTime(),
  }
}

/** A device's certificate: common name = uid, TLS client only, under 2 KB. */
export const issueClient = (authority: Authority, uid: string, publicKey: CryptoKey, notAfter: Date) =>
  issue(authority, { name: uid, publicKey, usage: CLIENT_AUTH, notAfter })

/** The hub's certificate for TLS under `names`: DNS names and IP addresses. */
export const issueServer = (authority: Authority, names: readonly string[], publicKey: CryptoKey, notAfter: Date) =>
  issue(authority, {
    name: 'Roost hub',
    publicKey,
    usage: SERVER_AUTH,
    notAfter,
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  })

/** The names that a certificate is for, as `issueServer` took them. */
export const namesOf = (certificate: X509Certificate): string[] =>
  certificate.getExtension(SubjectAlternativeNameExtension)?.names.items.map((name) => String(name.value)) ?? []

/** Longer than any request for one P-256 key. */
const CSR_MAX_CHARS = 8_192

/** The public key that a signing request (PEM) proves to have, or the reason why it cannot be used. Only the key counts. */
export async function openRequest(
  csrPem: string,
): Promise<{ ok: true; publicKey: CryptoKey } | { ok: false; reason: string }> {
  if (csrPem.length > CSR_MAX_CHARS) return { ok: false, reason: `it is longer than ${CSR_MAX_CHARS} characters` }
  try {
    const request = new Pkcs10CertificateRequest(csrPem)
    const algorithm = request.publicKey.algorithm as { name?: string; namedCurve?: string }
    if (algorithm.name !== EC.name || algorithm.namedCurve !== EC.namedCurve)
      return { ok: false, reason: 'its key is not P-256' }
    if (!(await request.verify())) return { ok: false, reason: 'its signature is wrong' }
    return { ok: true, publicKey: await request.publicKey.export(EC, ['verify']) }
  } catch (error) {
    return { ok: false, reason: `it is no signing request: ${(error as Error).message}` }
  }
}

/** Key and certificate of a CA from PEM; throws with the reason when they do not belong together or are no CA. */
export async function openAuthority({ keyPem, certPem }: Credentials): Promise<Authority> {
  const certificate = new X509Certificate(certPem)
  if (!certificate.getExtension(BasicConstraintsExtension)?.ca) throw new Error('the certificate is no CA')
  if (!(await certificate.verify({ publicKey: certificate.publicKey, signatureOnly: true }))) {
    throw new Error("the certificate's signature is wrong")
  }
  return { certificate, key: await openKey(keyPem, certificate), certPem, id: authorityIdOf(certificate) }
}

/** The key id that a CA's certificate states. */
const authorityIdOf = (certificate: X509Certificate): string =>
  certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId.toLowerCase() ?? ''

/** The SHA-256 of a public key (SPKI), hex. */
export const keyIdOf = async (publicKey: CryptoKey): Promise<string> =>
  createHash('sha256')
    .update(new Uint8Array(await crypto.subtle.exportKey('spki', publicKey)))
    .digest('hex')

/** The private key, proved to belong to the certificate by a signature; throws with the reason. */
export async function openKey(keyPem: string, certificate: X509Certificate): Promise<CryptoKey> {
  const base64 = keyPem.replace(/-----[A-Z ]+-----|\s/g, '')
  const key = await crypto.subtle.importKey('pkcs8', Buffer.from(base64, 'base64'), EC, false, ['sign'])
  const challenge = randomBytes(32)
  const signature = await crypto.subtle.sign(SIGNING, key, challenge)
  const publicKey = await certificate.publicKey.export(EC, ['verify'])
  if (!(await crypto.subtle.verify(SIGNING, publicKey, signature, challenge))) {
    throw new Error('the key does not belong to the certificate')
  }
  return key
}

export { X509Certificate }
