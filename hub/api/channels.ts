// GET /api/v1/channels: how people are reached, without secrets; PUT and DELETE …/{id}; POST …/{id}/test; GET …/deliveries
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Channels } from '../alarms/channels/channels.ts'
import { channelSchema } from '../alarms/channels/config.ts'
import { RoostError } from '../core/errors.ts'
import type { ChannelDto, ChannelsDto, DeliveriesDto } from './alarm-dto.ts'
import { channelsShape, deliveriesShape, deliveryShape } from './alarm-shapes.ts'
import { route } from './openapi/route.ts'
import { check } from './request.ts'

export interface ChannelSources {
  watch: { channels: Channels }
}

const testSchema = v.strictObject({ to: v.optional(v.pipe(v.string(), v.maxLength(256)), '') })

const docs = {
  list: route({ summary: 'How people are reached, without secrets', answers: { 200: channelsShape } }),
  deliveries: route({
    summary: 'What was sent in this run, the newest first',
    answers: { 200: deliveriesShape, deliveryShape },
  }),
  set: route({
    summary: 'Add or change a channel (ChannelConfig of its kind); a secret left out stays as it is',
    body: v.looseObject({}),
    answers: { 200: channelsShape },
    errors: ['DISK'],
  }),
  remove: route({ summary: 'Remove a channel', answers: { 204: null }, errors: ['CHANNEL_UNKNOWN', 'DISK'] }),
  test: route({
    summary: 'Send a test over a channel',
    body: testSchema,
    answers: { 200: deliveryShape },
    errors: ['CHANNEL_UNKNOWN'],
  }),
}

export function channelRoutes(sources: ChannelSources) {
  const list = (): ChannelsDto => ({ channels: sources.watch.channels.list() as unknown as ChannelDto[] })
  return new Hono()
    .get('/', docs.list, (c) => c.json(list()))
    .get('/deliveries', docs.deliveries, (c) =>
      c.json<DeliveriesDto>({ deliveries: [...sources.watch.channels.deliveries()] }),
    )
    .put('/:id', docs.set, async (c) => {
      const body = c.req.valid('json')
      if (body.id !== undefined && body.id !== c.req.param('id')) {
        throw new RoostError('BAD_REQUEST', 'body "id": is not that of the address')
      }
      await sources.watch.channels.set(check(channelSchema, { ...body, id: c.req.param('id') }, 'body'))
      return c.json(list())
    })
    .delete('/:id', docs.remove, async (c) => {
      await sources.watch.channels.remove(c.req.param('id'))
      return c.body(null, 204)
    })
    .post('/:id/test', docs.test, async (c) => {
      const { to } = c.req.valid('json')
      return c.json(await sources.watch.channels.test(c.req.param('id'), to))
    })
}
