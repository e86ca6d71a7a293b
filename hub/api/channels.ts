// GET /api/v1/channels: how people are reached, without secrets; PUT and DELETE …/{id}; POST …/{id}/test; GET …/deliveries
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Channels } from '../alarms/channels/channels.ts'
import { channelSchema } from '../alarms/channels/config.ts'
import { RoostError } from '../core/errors.ts'
import type { ChannelDto, ChannelsDto, DeliveriesDto } from './alarm-dto.ts'
import { check, parseBody } from './request.ts'

export interface ChannelSources {
  watch: { channels: Channels }
}

const testSchema = v.strictObject({ to: v.optional(v.pipe(v.string(), v.maxLength(256)), '') })

export function channelRoutes(sources: ChannelSources) {
  const list = (): ChannelsDto => ({ channels: sources.watch.channels.list() as unknown as ChannelDto[] })
  return new Hono()
    .get('/', (c) => c.json(list()))
    .get('/deliveries', (c) => c.json<DeliveriesDto>({ deliveries: [...sources.watch.channels.deliveries()] }))
    .put('/:id', async (c) => {
      const body = await parseBody(c, v.looseObject({}))
      if (body.id !== undefined && body.id !== c.req.param('id')) {
        throw new RoostError('BAD_REQUEST', 'body "id": is not that of the address')
      }
      await sources.watch.channels.set(check(channelSchema, { ...body, id: c.req.param('id') }, 'body'))
      return c.json(list())
    })
    .delete('/:id', async (c) => {
      await sources.watch.channels.remove(c.req.param('id'))
      return c.body(null, 204)
    })
    .post('/:id/test', async (c) => {
      const { to } = await parseBody(c, testSchema)
      return c.json(await sources.watch.channels.test(c.req.param('id'), to))
    })
}
