import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { type CertificateRow, createIdentity, toTell } from './identity.ts'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
const row = (uid: string, state: CertificateRow['state']): CertificateRow => ({
  uid,
  state,
  serial: 'aa',
  notAfterMs: 0,
  daysLeft: 1,
})

function createHub() {
  const asked: string[] = []
  const devices = [row('rn-1', 'valid')]
  const fetchUrl = (async (url: string, init?: RequestInit) => {
    if (init?.method === 'POST') asked.push(url)
    if (url.endsWith('/ca')) return json({ subject: 'CN=x', sha256: 'ff', notAfterMs: 1, roll: null })
    if (url.endsWith('/certificates')) return json({ counts: {}, devices })
    if (url.endsWith('/revoke')) {
      devices[0] = row('rn-1', 'revoked')
      return json(devices[0])
    }
    return json({ ok: false, reason: 'offline', detail: undefined }, 503)
  }) as typeof fetch
  return { asked, identity: createIdentity(createAsk(fetchUrl)) }
}

test('a fleet that is well has nothing to tell, and the worst stands first', () => {
  expect(toTell([row('a', 'valid'), row('b', 'valid')])).toEqual([])
  const mixed = [row('a', 'due'), row('b', 'valid'), row('c', 'overdue'), row('d', 'none'), row('e', 'stranded')]
  expect(toTell(mixed).map(({ uid }) => uid)).toEqual(['e', 'c', 'a', 'd'])
})

test('a revoked node is shown as revoked when the hub says so; what was not done says that', async () => {
  const { identity, asked } = createHub()
  await identity.reload()
  expect(identity.state.value).toMatchObject({ kind: 'ready', certificates: { devices: [{ state: 'valid' }] } })
  await identity.revoke('rn-1')
  expect(identity.said.value).toEqual({ ok: true, what: 'revoked' })
  expect(identity.state.value).toMatchObject({ certificates: { devices: [{ state: 'revoked' }] } })
  await identity.renew('rn-1')
  expect(identity.said.value).toEqual({ ok: false, why: 'offline' })
  expect(asked).toEqual(['/api/v1/devices/rn-1/revoke', '/api/v1/devices/rn-1/rotate'])
})
