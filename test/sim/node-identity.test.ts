// A simulated node renews against the real enrolment server, and loses its power at every step.
import { randomBytes, X509Certificate } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createCodes } from '../../hub/onboarding/codes.ts'
import { createOnboarding } from '../../hub/onboarding/onboarding.ts'
import { serveOnboarding } from '../../hub/onboarding/server.ts'
import { openPki } from '../../hub/pki/pki.ts'
import { openRegistry } from '../../hub/registry/registry.ts'
import { createSimClock } from './clock.ts'
import { createSimDisk } from './disk.ts'
import { createNodeIdentity, type NodeFlash } from './node-identity.ts'

const UID = 'rn-0123456789ab'

async function world() {
  const clock = createSimClock({ wallMs: Date.now() })
  const parts = { clock, log: createLog(() => {}, clock.wallMs), disk: createSimDisk() }
  const pki = await openPki({ dir: '/pki', ...parts })
  const registry = await openRegistry({ dir: '/registry', ...parts })
  const onboarding = createOnboarding({
    ...parts,
    codes: createCodes({ clock, randomBytes }),
    pki,
    registry,
    enrolled: () => {},
  })
  const server = await serveOnboarding({
    host: '127.0.0.1',
    port: 0,
    log: parts.log,
    onboarding,
    ports: {
      mqtts: 8883,
      sntp: null,
    },
    credentials: await pki.serverCredentials(['localhost']),
    trustPem: () => pki.caPem,
    caPem: () => pki.caPem,
    crlPem: pki.crlPem,
  })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { keyPem, certPem, caPem } = await pki.issueDevice(UID)
  const start: NodeFlash = { current: { keyPem, certPem, caPem }, next: null }
  /** The node after a power cut: nothing but its flash is left. */
  const boot = (flash: NodeFlash, port = server.port) =>
    createNodeIdentity(UID, structuredClone(flash), { host: '127.0.0.1', port })
  const vouch = (pem: string) => pki.vouch(new X509Certificate(pem))
  async function connect(pem: string) {
    const known = vouch(pem)
    if (!known.ok) return false
    await pki.used(known)
    return true
  }
  return { pki, start, boot, vouch, connect }
}

test('a node that loses its power at any step of a renewal comes in afterwards, and ends with one good certificate', async () => {
  const { pki, start, boot, vouch, connect } = await world()
  await connect(start.current.certPem)
  const away = boot(start, 1) // nobody listens there
  expect(await away.renew()).toBe(false)
  expect(away.flash.next).toMatchObject({ answer: null })
  expect(away.credentials()).toEqual(start.current)

  const unsaved = boot(away.flash)
  expect(await unsaved.renew()).toBe(true)
  const again = boot(away.flash) // the answer was not yet in the flash
  expect(await again.renew()).toBe(true)
  expect(again.credentials()).toEqual(unsaved.credentials())
  expect(await connect(start.current.certPem)).toBe(true)
  expect(pki.status(UID).state).toBe('rotating')

  const ready = boot(again.flash)
  const credentials = ready.credentials()
  expect(await connect(credentials.certPem)).toBe(true)
  const cut = boot(ready.flash) // it was let in, and did not note it
  expect(await connect(cut.credentials().certPem)).toBe(true)
  cut.accepted(cut.credentials())
  expect(cut.flash).toEqual({ current: credentials, next: null })
  expect(vouch(start.current.certPem).ok).toBe(false)
  expect(pki.status(UID)).toMatchObject({ state: 'valid' })
})

test('a node whose new certificate is refused goes back to the old one, and tries again', async () => {
  const { start, boot, vouch, pki } = await world()
  const node = boot(start)
  await node.renew()
  const next = node.credentials()
  const known = vouch(next.certPem)
  if (!known.ok) throw new Error(known.reason)
  await pki.revoke({ serial: known.serial })
  node.refused(next)
  expect(node.credentials()).toEqual(start.current)
  expect(vouch(node.credentials().certPem).ok).toBe(true)
})
