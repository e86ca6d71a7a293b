// Firmware and rollouts: GET and POST /api/v1/firmware, DELETE …/{id}; GET and POST /api/v1/rollouts, GET …/{id}, POST …/{id}/{act};
// GET and POST /api/v1/devices/{uid}/ota
import { Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import type { Ota } from '../open-ota.ts'
import type { Entry } from '../ota/catalogue.ts'
import { RELEASE_MAX_BYTES } from '../ota/release.ts'
import { type NodeUpdate, PLAN_PRESET, type Plan, ROLLOUT_STATES, type Rollout, UPDATE_STATES } from '../ota/rollout.ts'
import { NODES_MAX, STAFF_ACTS } from '../ota/rollouts.ts'
import type { Device } from '../registry/registry.ts'
import { route } from './openapi/route.ts'
import type {
  CatalogueDto,
  DeviceUpdateDto,
  FirmwareDto,
  NodeUpdateDto,
  PlanDto,
  RolloutDto,
  RolloutSummaryDto,
  RolloutsDto,
} from './ota-dto.ts'

const UPLOADS_AT_ONCE_MAX = 2
const MINUTE_MS = 60_000
const DAY_MINUTES = 1_440

export interface OtaSources {
  ota: Pick<Ota, 'catalogue' | 'keys' | 'rollouts' | 'start'>
  registry: { get(uid: string): Device | undefined }
}

const text = v.string()
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const minute = whole(0, DAY_MINUTES - 1)

const firmwareSchema: v.GenericSchema<FirmwareDto> = v.strictObject({
  id: text,
  version: text,
  chip: text,
  idfVersion: text,
  secureVersion: v.number(),
  sizeBytes: v.number(),
  sha256: text,
  elfSha256: text,
  notes: text,
  keyId: text,
  secureBootKeys: v.array(text),
  refusal: v.nullable(text),
})
const catalogueSchema: v.GenericSchema<CatalogueDto> = v.strictObject({
  firmware: v.array(firmwareSchema),
  keys: v.array(v.strictObject({ id: text, isRetired: v.boolean(), addedMs: v.number() })),
})

const planEntries = {
  canaries: whole(1, NODES_MAX),
  percents: v.pipe(v.array(whole(1, 100)), v.maxLength(8)),
  soakMinutes: whole(0, 7 * DAY_MINUTES),
  failurePercentMax: whole(0, 100),
  window: v.nullable(v.strictObject({ fromMinute: minute, toMinute: minute })),
  atOnceMax: whole(1, 16),
  retries: whole(0, 5),
  force: v.boolean(),
  onlyMqtt: v.boolean(),
}
const startSchema = v.strictObject({
  firmware: v.pipe(text, v.maxLength(16)),
  /** These nodes; without, and without a house, the farm. */
  uids: v.exactOptional(v.pipe(v.array(v.pipe(text, v.maxLength(15))), v.minLength(1), v.maxLength(NODES_MAX))),
  house: v.exactOptional(v.pipe(text, v.maxLength(65))),
  plan: v.optional(v.partial(v.strictObject(planEntries)), {}),
})
const deviceStartSchema = v.strictObject({
  firmware: v.pipe(text, v.maxLength(16)),
  force: v.optional(v.boolean(), false),
})

const nodeEntries = {
  uid: text,
  house: text,
  stage: v.number(),
  state: v.picklist(UPDATE_STATES),
  percent: v.number(),
  tries: v.number(),
  code: v.nullable(v.number()),
  text: v.nullable(text),
  trouble: v.nullable(text),
}
const summaryEntries = {
  id: text,
  firmwareId: text,
  version: text,
  chip: text,
  scope: text,
  by: text,
  createdMs: v.number(),
  endedMs: v.nullable(v.number()),
  state: v.picklist(ROLLOUT_STATES),
  reason: v.nullable(text),
  stage: v.number(),
  stages: v.number(),
  soakLeftMs: v.nullable(v.number()),
  plan: v.strictObject(planEntries),
  counts: v.record(v.picklist(UPDATE_STATES), v.exactOptional(v.number())),
}
const rolloutSchema = v.strictObject({ ...summaryEntries, nodes: v.array(v.strictObject(nodeEntries)) })
const rolloutsSchema = v.strictObject({ rollouts: v.array(v.strictObject(summaryEntries)) })
const deviceSchema = v.strictObject({
  uid: text,
  firmware: v.nullable(text),
  update: v.nullable(v.strictObject({ ...nodeEntries, rollout: text, version: text })),
})

const firmwareView = ({ secureBootKeys, ...entry }: Entry): FirmwareDto => ({
  ...entry,
  secureBootKeys: [...secureBootKeys],
})
const planView = ({ soakMs, ...plan }: Plan): PlanDto => ({ ...plan, soakMinutes: soakMs / MINUTE_MS })
type PlanWish = { [K in keyof PlanDto]?: PlanDto[K] | undefined }
function planOf({ soakMinutes, ...plan }: PlanWish, isSingle: boolean): Plan {
  const wished = Object.fromEntries(Object.entries(plan).filter(([, value]) => value !== undefined)) as Partial<Plan>
  // A node alone has nobody to wait for.
  const soakMs = soakMinutes !== undefined ? soakMinutes * MINUTE_MS : isSingle ? 0 : PLAN_PRESET.soakMs
  return { ...PLAN_PRESET, ...wished, soakMs }
}

const nodeView = ({
  uid,
  house,
  stage,
  state,
  got,
  total,
  tries,
  code,
  text: why,
  trouble,
}: NodeUpdate): NodeUpdateDto => ({
  uid,
  house,
  stage,
  state,
  tries,
  code,
  text: why,
  trouble,
  percent: total > 0 ? Math.floor((100 * got) / total) : 0,
})
function summaryView(rollout: Rollout): RolloutSummaryDto {
  const { id, target, scope, by, createdMs, endedMs, state, reason, stage, stages, plan, nodes } = rollout
  const counts: RolloutSummaryDto['counts'] = {}
  for (const node of nodes) counts[node.state] = (counts[node.state] ?? 0) + 1
  const { soakSinceMs, clockMs } = rollout
  return {
    id,
    firmwareId: target.firmwareId,
    version: target.version,
    chip: target.chip,
    scope,
    by,
    createdMs,
    endedMs,
    state,
    reason,
    stage,
    stages,
    plan: planView(plan),
    counts,
    soakLeftMs: soakSinceMs === null ? null : Math.max(0, soakSinceMs + plan.soakMs - clockMs),
  }
}
const rolloutView = (rollout: Rollout): RolloutDto => ({ ...summaryView(rollout), nodes: rollout.nodes.map(nodeView) })

const START_ERRORS = ['FIRMWARE_UNKNOWN', 'IMAGE_REFUSED', 'DEVICE_UNKNOWN', 'HOUSE_UNKNOWN', 'BUSY', 'DISK'] as const

export function firmwareRoutes({ ota }: OtaSources) {
  let uploads = 0
  const list = route({ summary: 'Firmware that nodes can be given', answers: { 200: catalogueSchema } })
  const add = route({
    summary: 'Add a release',
    rawBody: 'application/octet-stream',
    answers: { 201: firmwareSchema },
    errors: ['IMAGE_REFUSED', 'TOO_MANY', 'BUSY', 'DISK'],
  })
  const remove = route({
    summary: 'Remove a release',
    answers: { 204: null },
    errors: ['FIRMWARE_UNKNOWN', 'BUSY', 'DISK'],
  })
  return new Hono()
    .get('/', list, (c) =>
      c.json<CatalogueDto>({
        firmware: ota.catalogue.list().map(firmwareView),
        keys: ota.keys.list().map(({ id, isRetired, addedMs }) => ({ id, isRetired, addedMs })),
      }),
    )
    .post('/', add, async (c) => {
      if (uploads >= UPLOADS_AT_ONCE_MAX) throw new RoostError('BUSY', 'other firmware is being uploaded')
      uploads++
      try {
        return c.json<FirmwareDto>(firmwareView(await ota.catalogue.add(await readBounded(c.req.raw.body))), 201)
      } finally {
        uploads--
      }
    })
    .delete('/:id', remove, async (c) => {
      const current = ota.rollouts.current()
      if (current?.target.firmwareId === c.req.param('id')) {
        throw new RoostError('BUSY', `the rollout of ${current.target.version} is not over`)
      }
      await ota.catalogue.remove(c.req.param('id'))
      return c.body(null, 204)
    })
}

/** A body of at most a release's size, gathered as it comes. */
async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body ?? []) {
    sizeBytes += chunk.length
    if (sizeBytes > RELEASE_MAX_BYTES)
      throw new RoostError('IMAGE_REFUSED', `more than ${RELEASE_MAX_BYTES} bytes (oversized)`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export function rolloutRoutes({ ota }: OtaSources) {
  const one = (id: string): Rollout => {
    const found = ota.rollouts.get(id)
    if (!found) throw new RoostError('FIRMWARE_UNKNOWN', `no rollout has the id ${id}`)
    return found
  }
  const list = route({ summary: 'Rollouts, the newest first', answers: { 200: rolloutsSchema } })
  const start = route({
    summary: 'Bring a firmware to nodes, in stages',
    body: startSchema,
    answers: { 201: rolloutSchema },
    errors: [...START_ERRORS, 'TOO_MANY'],
  })
  const get = route({
    summary: 'A rollout, node by node',
    answers: { 200: rolloutSchema },
    errors: ['FIRMWARE_UNKNOWN'],
  })
  const act = route({
    summary: 'Pause, resume, retry, halt or cancel a rollout',
    answers: { 200: rolloutSchema },
    errors: ['FIRMWARE_UNKNOWN', 'DISK'],
  })
  return new Hono()
    .get('/', list, (c) => c.json<RolloutsDto>({ rollouts: ota.rollouts.list().map(summaryView) }))
    .post('/', start, async (c) => {
      const { firmware, plan, ...to } = c.req.valid('json')
      const isSingle = to.uids?.length === 1
      const rollout = await ota.start(firmware, to, planOf(plan, isSingle), c.get('caller')?.name ?? 'this machine')
      return c.json<RolloutDto>(rolloutView(rollout), 201)
    })
    .get('/:id', get, (c) => c.json<RolloutDto>(rolloutView(one(c.req.param('id')))))
    .post('/:id/:act', act, async (c) => {
      const wanted = STAFF_ACTS.find((name) => name === c.req.param('act'))
      if (!wanted) throw new RoostError('BAD_REQUEST', `a rollout knows ${STAFF_ACTS.join(', ')}`)
      const { id } = one(c.req.param('id'))
      return c.json<RolloutDto>(
        rolloutView(await ota.rollouts.act(id, wanted, c.get('caller')?.name ?? 'this machine')),
      )
    })
}

export function deviceOtaRoutes({ ota, registry }: OtaSources) {
  const known = (uid: string): Device => {
    const device = registry.get(uid)
    if (!device) throw new RoostError('DEVICE_UNKNOWN', `no device ${uid}`)
    return device
  }
  function view(uid: string): DeviceUpdateDto {
    const { firmware } = known(uid)
    for (const rollout of ota.rollouts.list()) {
      const node = rollout.nodes.find((each) => each.uid === uid)
      if (node)
        return { uid, firmware, update: { ...nodeView(node), rollout: rollout.id, version: rollout.target.version } }
    }
    return { uid, firmware, update: null }
  }
  const get = route({
    summary: 'How a node stands to its firmware',
    answers: { 200: deviceSchema },
    errors: ['DEVICE_UNKNOWN'],
  })
  const start = route({
    summary: 'Bring a firmware to one node',
    body: deviceStartSchema,
    answers: { 201: deviceSchema },
    errors: START_ERRORS,
  })
  return new Hono()
    .get('/:uid/ota', get, (c) => c.json<DeviceUpdateDto>(view(c.req.param('uid'))))
    .post('/:uid/ota', start, async (c) => {
      const { uid } = known(c.req.param('uid'))
      const { firmware, force } = c.req.valid('json')
      await ota.start(firmware, { uids: [uid] }, planOf({ force }, true), c.get('caller')?.name ?? 'this machine')
      return c.json<DeviceUpdateDto>(view(uid), 201)
    })
}
