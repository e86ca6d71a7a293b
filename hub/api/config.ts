// GET and PUT /api/v1/devices/{uid}/config: what a node shall do, in revisions, and how far the node follows.
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { type ConfigStatus, type NodeConfig, type NodeSettings, settingsSchema } from '../registry/node-config.ts'
import type { Device } from '../registry/registry.ts'
import type { ConfigDto, ConfigStateDto } from './contract.ts'
import { route } from './openapi/route.ts'
import { configStateEntries } from './openapi/shapes.ts'

export interface ConfigSources {
  registry: { get(uid: string): Device | undefined }
  configs: {
    get(uid: string): NodeConfig | undefined
    status(uid: string): ConfigStatus
    set(uid: string, settings: NodeSettings, ifRev: number | null): Promise<NodeConfig>
  }
}

/** How a node stands to its configuration; the reason is the node's own. */
export const configStateView = ({ state, rev, appliedRev, sinceMs, answer }: ConfigStatus): ConfigStateDto => ({
  state,
  rev,
  appliedRev,
  sinceMs,
  refusal: answer && !answer.ok ? { rev: answer.rev, code: answer.code, text: answer.text } : null,
})

const configShape = v.strictObject({
  uid: v.string(),
  ...configStateEntries,
  settings: v.nullable(settingsSchema),
})
const docs = {
  look: route({
    summary: 'What a node shall do, and whether it does; the ETag is the revision',
    answers: { 200: configShape },
    errors: ['DEVICE_UNKNOWN'],
  }),
  change: route({
    summary: 'Say what a node shall do: a new revision',
    body: settingsSchema,
    headers: { 'if-match': 'The ETag: only while nobody else changed it' },
    answers: { 200: configShape },
    errors: ['DEVICE_UNKNOWN', 'REVISION_STALE', 'DISK'],
  }),
}

export function configRoutes({ registry, configs }: ConfigSources) {
  const known = (c: Context): string => {
    const uid = c.req.param('uid') ?? ''
    if (registry.get(uid)) return uid
    throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
  }
  const answer = (c: Context, uid: string) => {
    const status = configs.status(uid)
    c.header('etag', `"${status.rev}"`)
    return c.json<ConfigDto>({ uid, ...configStateView(status), settings: configs.get(uid)?.settings ?? null })
  }
  return new Hono()
    .get('/:uid/config', docs.look, (c) => answer(c, known(c)))
    .put('/:uid/config', docs.change, async (c) => {
      const uid = known(c)
      const ifRev = revisionOf(c.req.header('if-match'))
      await configs.set(uid, c.req.valid('json'), ifRev)
      return answer(c, uid)
    })
}

/** The revision in `If-Match: "7"`; null when any will do. Error: BAD_REQUEST. */
function revisionOf(header: string | undefined): number | null {
  if (header === undefined || header === '*') return null
  const match = /^"(\d{1,10})"$/.exec(header)
  if (!match)
    throw new RoostError('BAD_REQUEST', `header If-Match: ${header.slice(0, 64)} is no ETag of a configuration`)
  return Number(match[1])
}
