// GET and DELETE /api/v1/quarantine, GET /api/v1/quarantine/{id}: messages of devices that broke the contract, for a look.
import { Hono } from 'hono'
import { RoostError } from '../core/errors.ts'
import type { Quarantine } from '../mqtt/quarantine.ts'
import type { QuarantineDto } from './contract.ts'

/** Bytes of a payload that the list shows. */
const HEAD_BYTES = 64
/** Devices that the list names; `devicesTotal` counts all. */
const DEVICES_SHOWN = 100
const MESSAGE_PREFIX = 'message:'

export interface QuarantineSources {
  refusals: { quarantine: Quarantine; counts(): ReadonlyMap<string, number> }
}

export const quarantineRoutes = ({ refusals }: QuarantineSources) =>
  new Hono()
    .get('/', (c) => {
      const { quarantine } = refusals
      const uid = c.req.query('uid')
      const devices = quarantine.devices()
      return c.json<QuarantineDto>({
        reasons: [...refusals.counts()]
          .filter(([reason]) => reason.startsWith(MESSAGE_PREFIX))
          .map(([reason, count]) => ({ reason: reason.slice(MESSAGE_PREFIX.length), count }))
          .sort((a, b) => b.count - a.count),
        devicesTotal: devices.length,
        devices: devices.slice(0, DEVICES_SHOWN),
        messages: quarantine
          .list()
          .filter((message) => uid === undefined || message.uid === uid)
          .map(({ payload, ...message }) => ({
            ...message,
            headHex: Buffer.from(payload.subarray(0, HEAD_BYTES)).toString('hex'),
          })),
      })
    })
    .get('/:id', (c) => {
      const message = refusals.quarantine.get(Number(c.req.param('id')))
      if (!message) throw new RoostError('MESSAGE_UNKNOWN', 'this message is not kept, or not any more')
      const { uid, id, payload } = message
      return c.body(Buffer.from(payload), 200, {
        'content-type': 'application/cbor',
        'content-disposition': `attachment; filename="${uid.replace(/[^\w.-]/g, '_')}-${id}.cbor"`,
      })
    })
    .delete('/', (c) => c.json({ cleared: refusals.quarantine.clear() }))
