// GET and DELETE /api/v1/quarantine, GET /api/v1/quarantine/{id}: messages of devices that broke the contract, for a look.
import { Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import type { Quarantine } from '../mqtt/quarantine.ts'
import type { QuarantineDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { limitParam } from './request.ts'

/** Bytes of a payload that the list shows. */
const HEAD_BYTES = 64
/** Devices that the list names; `devicesTotal` counts all. */
const DEVICES_SHOWN = 100
const MESSAGE_PREFIX = 'message:'

export interface QuarantineSources {
  refusals: { quarantine: Quarantine; counts(): ReadonlyMap<string, number> }
}

const quarantineShape: v.GenericSchema<QuarantineDto> = v.strictObject({
  reasons: v.array(v.strictObject({ reason: v.string(), count: v.number() })),
  devicesTotal: v.number(),
  devices: v.array(v.strictObject({ uid: v.string(), count: v.number(), lastMs: v.number(), lastReason: v.string() })),
  messages: v.array(
    v.strictObject({
      id: v.number(),
      tMs: v.number(),
      uid: v.string(),
      topic: v.string(),
      reason: v.string(),
      sizeBytes: v.number(),
      headHex: v.string(),
    }),
  ),
})
const docs = {
  list: route({
    summary: 'Messages that broke the contract, newest first',
    query: v.object({ uid: v.exactOptional(v.string()), limit: limitParam(1_000, 1_000) }),
    answers: { 200: quarantineShape },
  }),
  one: route({ summary: 'The payload of one', answers: { 200: 'application/cbor' }, errors: ['MESSAGE_UNKNOWN'] }),
  clear: route({ summary: 'Forget them', answers: { 200: v.strictObject({ cleared: v.number() }) } }),
}

export const quarantineRoutes = ({ refusals }: QuarantineSources) =>
  new Hono()
    .get('/', docs.list, (c) => {
      const { quarantine } = refusals
      const { uid, limit } = c.req.valid('query')
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
          .slice(0, limit)
          .map(({ payload, ...message }) => ({
            ...message,
            headHex: Buffer.from(payload.subarray(0, HEAD_BYTES)).toString('hex'),
          })),
      })
    })
    .get('/:id', docs.one, (c) => {
      const message = refusals.quarantine.get(Number(c.req.param('id')))
      if (!message) throw new RoostError('MESSAGE_UNKNOWN', 'this message is not kept, or not any more')
      const { uid, id, payload } = message
      return c.body(Buffer.from(payload), 200, {
        'content-type': 'application/cbor',
        'content-disposition': `attachment; filename="${uid.replace(/[^\w.-]/g, '_')}-${id}.cbor"`,
      })
    })
    .delete('/', docs.clear, (c) => c.json({ cleared: refusals.quarantine.clear() }))
