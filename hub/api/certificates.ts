// Who the nodes are: GET /api/v1/certificates, POST /api/v1/devices/{uid}/revoke and …/rotate.
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import type { Commands } from '../mqtt/commands.ts'
import type { CertificateStatus, RevocationTarget } from '../pki/pki.ts'
import type { Device } from '../registry/registry.ts'
import type { CertificateDto, CertificatesDto } from './contract.ts'
import { parseBody } from './request.ts'
import { requestIdOf } from './request-id.ts'

/** A node makes a key and fetches its certificate before it answers. */
const ROTATE_TIMEOUT_MS = 30_000

const revokeSchema = v.strictObject({
  /** Only this certificate; without it the node with all it has. */
  serial: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{2,40}$/, 'is no serial number'))),
})

export interface CertificateSources {
  registry: { list(): readonly Device[]; get(uid: string): Device | undefined }
  commands: Commands
  certificates: { status(uid: string): CertificateStatus; revoke(target: RevocationTarget): Promise<void> }
}

export const certificateView = ({ state, serial, notAfterMs, daysLeft }: CertificateStatus): CertificateDto => ({
  ...{ state, serial, notAfterMs, daysLeft },
})

export function certificateRoutes({ registry, commands, certificates }: CertificateSources) {
  const known = (c: Context): string => {
    const uid = c.req.param('uid') ?? ''
    if (registry.get(uid)) return uid
    throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
  }
  return new Hono()
    .get('/certificates', (c) => {
      const devices = registry.list().map(({ uid }) => ({ uid, ...certificateView(certificates.status(uid)) }))
      const counts = { none: 0, valid: 0, due: 0, rotating: 0, overdue: 0, stranded: 0, revoked: 0 }
      for (const { state } of devices) counts[state]++
      return c.json<CertificatesDto>({ counts, devices })
    })
    .post('/devices/:uid/revoke', async (c) => {
      const uid = known(c)
      const { serial } = await parseBody(c, revokeSchema)
      await certificates.revoke(serial === undefined ? { uid } : { uid, serial })
      return c.json<CertificateDto>(certificateView(certificates.status(uid)))
    })
    .post('/devices/:uid/rotate', async (c) => {
      const uid = known(c)
      const outcome = await commands.send(uid, 'rotate-key', {}, ROTATE_TIMEOUT_MS, requestIdOf(c))
      const view = {
        ...certificateView(certificates.status(uid)),
        ok: outcome.ok,
        reason: outcome.ok ? null : outcome.reason,
      }
      return c.json(
        view,
        outcome.ok ? 200 : outcome.reason === 'timeout' ? 504 : outcome.reason === 'refused' ? 422 : 503,
      )
    })
}
