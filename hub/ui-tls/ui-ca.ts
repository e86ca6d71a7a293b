// The UI's CA and leaf on the card: `ca.pem` and `leaf.pem`, a key and a certificate each. The CA is part of every backup, so that the
// phones trust the box that comes after this one.
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import type { Log } from '../core/log.ts'
import { makeDir, readWhole, replaceFile } from '../core/replace-file.ts'
import { type Authority, type Credentials, openAuthority, openKey, X509Certificate } from '../pki/certificate.ts'
import { certifiable } from './name-constraints.ts'
import { createUiAuthority, issueLeaf, staleness } from './ui-certificate.ts'

const CA = 'ca.pem'
const LEAF = 'leaf.pem'
const PEM_MAX_BYTES = 64 * 1024

export interface UiCa {
  /** The CA's certificate: what a phone installs. */
  readonly caPem: string
  /** Key and certificate for those of `names` that the CA may speak for: the ones in use while they fit. DISK. */
  leaf(names: readonly string[]): Promise<Credentials>
}

/** Opens the CA in `dir`, or makes one when there is none that can be used. DISK. */
export async function openUiCa(parts: { dir: string; disk: Disk; clock: Clock; log: Log }): Promise<UiCa> {
  const { dir, disk, clock, log } = parts
  await makeDir(disk, dir)
  const write = (name: string, { keyPem, certPem }: Credentials) =>
    replaceFile(disk, join(dir, name), Buffer.from(keyPem + certPem))
  async function read(name: string): Promise<Credentials | string> {
    const bytes = await readWhole(disk, join(dir, name), PEM_MAX_BYTES)
    return bytes ? splitPem(Buffer.from(bytes).toString('latin1')) : 'there was none'
  }

  async function authority(): Promise<Authority> {
    const kept = await read(CA)
    const opened = typeof kept === 'string' ? kept : await openAuthority(kept).catch((error: Error) => error.message)
    if (typeof opened !== 'string') return opened
    const made = await createUiAuthority(clock.wallMs())
    await write(CA, made)
    log.info('ui-ca-made', { reason: opened })
    return openAuthority(made)
  }
  const ca = await authority()

  async function keptLeaf(): Promise<Credentials | string> {
    const kept = await read(LEAF)
    if (typeof kept === 'string') return kept
    try {
      const certificate = new X509Certificate(kept.certPem)
      const publicKey = ca.certificate.publicKey
      if (!(await certificate.verify({ publicKey, signatureOnly: true }))) return 'it is of another CA'
      await openKey(kept.keyPem, certificate)
      return kept
    } catch (error) {
      return `it was not readable: ${(error as Error).message}`
    }
  }
  let current = await keptLeaf()

  return {
    caPem: ca.certPem,
    async leaf(names) {
      const wanted = [...new Set(names.map(certifiable).filter((name) => name !== null))].sort()
      const reason = typeof current === 'string' ? current : staleness(current.certPem, wanted, clock.wallMs())
      if (typeof current !== 'string' && reason === null) return current
      const made = await issueLeaf(ca, wanted, clock.wallMs())
      await write(LEAF, made)
      current = made
      log.info('ui-certificate-made', { reason, names: wanted })
      return made
    },
  }
}

function splitPem(text: string): Credentials | string {
  const blocks = text.match(/-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----\n?/g) ?? []
  const keyPem = blocks.find((block) => block.includes('PRIVATE KEY'))
  const certPem = blocks.find((block) => block.includes('BEGIN CERTIFICATE'))
  return keyPem && certPem ? { keyPem, certPem } : 'it was not readable'
}
