// GET /api/v1/devices and /api/v1/devices/{uid}
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { DevicesDto } from './contract.ts'
import { type DeviceSources, deviceView, deviceViews } from './device-view.ts'
import { route } from './openapi/route.ts'
import { deviceShape } from './openapi/shapes.ts'
import { afterParam, limitParam, pageByUid } from './request.ts'

const listShape: v.GenericSchema<DevicesDto> = v.strictObject({
  nowMs: v.number(),
  devices: v.array(deviceShape),
  next: v.nullable(v.string()),
})
const list = route({
  summary: 'Every node that the hub knows, by uid',
  query: v.object({
    limit: limitParam(1e4, 1e4),
    after: afterParam,
  }),
  answers: { 200: listShape },
})
const one = route({ summary: 'One node', answers: { 200: deviceShape }, errors: ['DEVICE_UNKNOWN'] })

export const devicesRoutes = (sources: DeviceSources, clock: Clock) =>
  new Hono()
    .get('/', list, (c) => {
      const { rows, next } = pageByUid(deviceViews(sources), c.req.valid('query'))
      return c.json<DevicesDto>({ nowMs: clock.wallMs(), devices: rows, next })
    })
    .get('/:uid', one, (c) => {
      const uid = c.req.param('uid')
      const device = sources.registry.get(uid)
      if (!device) throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
      return c.json(deviceView(device, sources))
    })
