import { X509Certificate as NodeCertificate } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  type Authority,
  createAuthority,
  createKeys,
  issueClient,
  issueServer,
  openAuthority,
  X509Certificate,
} from './certificate.ts'
import { trustedOf, vouch } from './vouch.ts'

const UID = 'rn-0123456789ab'
const END = new Date(Date.UTC(2036, 0))
const open = async () => openAuthority(await createAuthority('farm', END))
const authority = await open()
const { keys } = await createKeys()
const ledger = { get: () => undefined, isBarred: () => false }
const judge = (certPem: string, by: Authority = authority) =>
  vouch(new NodeCertificate(certPem), { trusted: [trustedOf(by)], ledger, nowMs: Date.UTC(2027, 0) })

test('a device of the farm is let in under its uid', async () => {
  const { certPem, serial } = await issueClient(authority, UID, keys.publicKey, END)
  expect(judge(certPem)).toMatchObject({ ok: true, uid: UID, serial, ca: authority.id })
})

test('what another CA of the same name signed is not let in', async () => {
  const { certPem } = await issueClient(await open(), UID, keys.publicKey, END)
  expect(judge(certPem)).toEqual({ ok: false, reason: 'it is not of this farm' })
})

test('the hub, the CA and names that are no uid are no devices', async () => {
  const server = await issueServer(authority, ['localhost'], keys.publicKey, END)
  expect(judge(server.certPem)).toEqual({ ok: false, reason: 'it is not for a client' })
  expect(judge(authority.certPem)).toEqual({ ok: false, reason: 'it is a CA' })
  for (const name of ['localhost', `${UID}\nCN=rn-00000000000b`, `${UID},O=x`, `${UID} `, '']) {
    const { certPem } = await issueClient(authority, name, keys.publicKey, END)
    expect(judge(certPem), JSON.stringify(name)).toMatchObject({ ok: false })
  }
})

test('a serial that the ledger knows of another device is refused', async () => {
  const { certPem, serial, notBeforeMs, notAfterMs } = await issueClient(authority, UID, keys.publicKey, END)
  const other = { serial, uid: 'rn-00000000000b', place: null, notBeforeMs, notAfterMs, issuedMs: 0, sinceMs: 0 }
  const entry = { ...other, status: 'current' as const, ca: '', keyId: '', certPem: null }
  const parts = { trusted: [trustedOf(authority)], nowMs: 0 }
  const vouched = vouch(new NodeCertificate(certPem), { ...parts, ledger: { get: () => entry, isBarred: () => false } })
  expect(vouched).toEqual({ ok: false, reason: 'its serial belongs to another device' })
})

test('a device certificate has the profile that DESIGN.md states, and is small', async () => {
  const { certPem } = await issueClient(authority, UID, keys.publicKey, END)
  const { raw, keyUsage, ca } = new NodeCertificate(certPem)
  expect(raw.length).toBeLessThan(640)
  expect({ keyUsage, ca }).toEqual({ keyUsage: ['1.3.6.1.5.5.7.3.2'], ca: false })
  expect(
    new X509Certificate(certPem).extensions
      .filter(({ critical }) => critical)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['2.5.29.15', '2.5.29.19'])
})
