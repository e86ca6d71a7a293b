// GET /api/v1/devices and /api/v1/devices/{uid}
import { Hono } from 'hono'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import type { DevicesDto } from './contract.ts'
import { type DeviceSources, deviceView, deviceViews } from './device-view.ts'

export const devicesRoutes = (sources: DeviceSources, clock: Clock) =>
  new Hono()
    .get('/', (c) => c.json<DevicesDto>({ nowMs: clock.wallMs(), devices: deviceViews(sources) }))
    .get('/:uid', (c) => {
      const uid = c.req.param('uid')
      const device = sources.registry.get(uid)
      if (!device) throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
      return c.json(deviceView(device, sources))
    })
