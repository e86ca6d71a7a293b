// Who the nodes are: GET /api/v1/certificates, POST /api/v1/devices/{uid}/revoke and …/rotate.
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import type { Commands } from '../mqtt/commands.ts'
import type { CertificateStatus, RevocationTarget } from '../pki/pki.ts'
import type { Device } from '../registry/registry.ts'
import type { CertificateDto, CertificatesDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { CERTIFICATE_STATES, certificateEntries, certificateShape, commandReason } from './openapi/shapes.ts'
import { afterParam, limitParam, pageByUid } from './request.ts'
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
  state,
  serial,
  notAfterMs,
  daysLeft,
})

const fleetShape: v.GenericSchema<CertificatesDto> = v.strictObject({
  counts: v.record(v.picklist(CERTIFICATE_STATES), v.number()) as v.GenericSchema<CertificatesDto['counts']>,
  devices: v.array(v.strictObject({ uid: v.string(), ...certificateEntries })),
  next: v.nullable(v.string()),
})
const rotatedShape = v.strictObject({ ...certificateEntries, ok: v.boolean(), reason: commandReason })

export function certificateRoutes({ registry, commands, certificates }: CertificateSources) {
  const docs = {
    list: route({
      summary: 'Every node’s certificate, by uid; counts are of the whole fleet',
      query: v.object({
        limit: limitParam(1e4, 1e4),
        after: afterParam,
      }),
      answers: { 200: fleetShape },
    }),
    revoke: route({
      summary: 'Shut out a node, or one certificate of it; its connection ends at once',
      body: revokeSchema,
      answers: { 200: certificateShape },
      errors: ['DEVICE_UNKNOWN', 'CERTIFICATE_UNKNOWN', 'DISK'],
    }),
    rotate: route({
      summary: 'Ask a node to make a new key and fetch its certificate',
      answers: { 200: rotatedShape, 422: rotatedShape, 503: rotatedShape, 504: rotatedShape },
      errors: ['DEVICE_UNKNOWN'],
    }),
  }
  const known = (c: Context): string => {
    const uid = c.req.param('uid') ?? ''
    if (registry.get(uid)) return uid
    throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
  }
  return new Hono()
    .get('/certificates', docs.list, (c) => {
      const devices = registry.list().map(({ uid }) => ({ uid, ...certificateView(certificates.status(uid)) }))
      const counts = { none: 0, valid: 0, due: 0, rotating: 0, overdue: 0, stranded: 0, revoked: 0 }
      for (const { state } of devices) counts[state]++
      const { rows, next } = pageByUid(devices, c.req.valid('query'))
      return c.json<CertificatesDto>({ counts, devices: rows, next })
    })
    .post('/devices/:uid/revoke', docs.revoke, async (c) => {
      const uid = known(c)
      const { serial } = c.req.valid('json')
      await certificates.revoke(serial === undefined ? { uid } : { uid, serial })
      return c.json<CertificateDto>(certificateView(certificates.status(uid)))
    })
    .post('/devices/:uid/rotate', docs.rotate, async (c) => {
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
