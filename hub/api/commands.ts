// POST /api/v1/devices/{uid}/read|identify|restart|calibrate|actuate|time, /api/v1/houses/{site}/{house}/read, /api/v1/read
import { type Context, Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { isSensorId } from '../core/ids.ts'
import type { CommandOutcome, Commands } from '../mqtt/commands.ts'
import type { Device } from '../registry/registry.ts'
import type { CommandBodies } from '../wire/command.ts'
import type { CommandDto, FleetReadDto } from './contract.ts'
import { fanOut } from './fan-out.ts'
import { type RouteDoc, route } from './openapi/route.ts'
import { commandShape } from './openapi/shapes.ts'
import { parseBody } from './request.ts'
import { requestIdOf } from './request-id.ts'
import type { WishedPosition, WishedPositions } from './wished-positions.ts'

const TIMEOUT_PRESET_MS = 5_000
const TIMEOUT_MAX_MS = 60_000
const SENSORS_MAX = 64

const timeoutMs = v.optional(
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TIMEOUT_MAX_MS)),
  TIMEOUT_PRESET_MS,
)
const sensor = v.pipe(v.string(), v.check(isSensorId, 'is no sensor id'))

const seconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600))

/** What each command may carry; anything else in a request is refused by name. */
const BODIES = {
  read: v.strictObject({ timeoutMs, sensors: v.optional(v.pipe(v.array(sensor), v.maxLength(SENSORS_MAX)), []) }),
  identify: v.strictObject({ timeoutMs, seconds: v.optional(seconds, 30) }),
  restart: v.strictObject({ timeoutMs, delay_s: v.optional(seconds, 0) }),
  calibrate: v.strictObject({
    timeoutMs,
    sensor,
    step: v.picklist(['zero', 'span', 'reset']),
    value: v.exactOptional(v.pipe(v.number(), v.finite())),
  }),
  actuate: v.strictObject({
    timeoutMs,
    id: sensor,
    position: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
    ramp_s: v.exactOptional(seconds),
  }),
}

const SUMMARIES = {
  read: 'Ask a node for values now',
  identify: 'Let a node blink',
  restart: 'Restart a node',
  calibrate: 'Calibrate a sensor',
  actuate: 'Move a window',
} as const satisfies Record<keyof typeof BODIES, string>
/** How it ended stands in the body; the status says it too. */
const sendDoc = (type: keyof typeof BODIES) =>
  ({
    summary: SUMMARIES[type],
    body: BODIES[type] as v.GenericSchema,
    answers: { 200: commandShape, 422: commandShape, 503: commandShape, 504: commandShape },
    errors: ['DEVICE_UNKNOWN'],
  }) satisfies RouteDoc
const fleetShape: v.GenericSchema<FleetReadDto> = v.strictObject({
  devices: v.array(commandShape),
  answered: v.number(),
  tookMs: v.number(),
})
const readHouse = route({
  summary: 'Ask every node of a house for values now',
  body: BODIES.read,
  answers: { 200: fleetShape },
  errors: ['HOUSE_UNKNOWN'],
})
const readAll = route({
  summary: 'Ask every node for values now',
  body: BODIES.read,
  answers: { 200: fleetShape },
})

export interface CommandSources {
  registry: { list(): readonly Device[]; get(uid: string): Device | undefined }
  commands: Commands
  clock: Clock
  wished: Pick<WishedPositions, 'note'>
}

const outcomeView = (uid: string, outcome: CommandOutcome): CommandDto => ({
  uid,
  ok: outcome.ok,
  reason: outcome.ok ? null : outcome.reason,
  tookMs: Math.round(outcome.tookMs * 10) / 10,
  text: 'reply' in outcome ? (outcome.reply.text ?? null) : null,
  code: 'reply' in outcome ? (outcome.reply.code ?? null) : null,
  values: outcome.values.map(({ sensor: id, unit, sample }) => ({ sensor: id, unit, ...sample })),
})

const wishOf = (body: { id: string; position: number }, { ok, reason }: CommandDto, atMs: number): WishedPosition => ({
  actuator: body.id,
  percent: body.position,
  atMs,
  answer: ok ? 'done' : reason === 'refused' ? 'refused' : 'silent',
})

/** The HTTP status that a command's end is told with: a caller that only looks at the status must not take a time-out for success. */
const statusOf = (outcome: CommandDto) =>
  outcome.ok ? 200 : outcome.reason === 'timeout' ? 504 : outcome.reason === 'refused' ? 422 : 503

export function commandRoutes({ registry, commands, clock, wished }: CommandSources) {
  async function send(c: Context, type: keyof typeof BODIES) {
    const uid = c.req.param('uid') ?? ''
    if (!registry.get(uid))
      throw new RoostError('DEVICE_UNKNOWN', `no device has the uid ${JSON.stringify(uid.slice(0, 64))}`)
    const { timeoutMs: waitMs, ...body } = await parseBody(c, BODIES[type])
    const outcome = outcomeView(
      uid,
      await commands.send(uid, type, body as CommandBodies[typeof type], waitMs, requestIdOf(c)),
    )
    if ('position' in body) wished.note(uid, wishOf(body, outcome, clock.wallMs()))
    return c.json(outcome, statusOf(outcome))
  }

  async function readMany(c: Context, devices: readonly Device[]) {
    const { timeoutMs: waitMs, sensors } = await parseBody(c, BODIES.read)
    const startedMs = clock.monotonicMs()
    const outcomes = await fanOut(
      devices,
      { clock, timeoutMs: waitMs },
      async ({ uid }, leftMs) =>
        outcomeView(uid, await commands.send(uid, 'read', { sensors }, leftMs, requestIdOf(c))),
      ({ uid }) => outcomeView(uid, { ok: false, reason: 'timeout', values: [], tookMs: 0 }),
    )
    return c.json<FleetReadDto>({
      devices: outcomes,
      answered: outcomes.filter(({ ok }) => ok).length,
      tookMs: Math.round(clock.monotonicMs() - startedMs),
    })
  }

  const app = new Hono()
  for (const type of Object.keys(BODIES) as (keyof typeof BODIES)[]) {
    app.post(`/devices/:uid/${type}`, route(sendDoc(type)), (c) => send(c, type))
  }
  return app
    .post('/houses/:site/:house/read', readHouse, (c) => {
      const { site, house } = c.req.param()
      const devices = registry.list().filter(({ place }) => place?.site === site && place.house === house)
      if (devices.length === 0) {
        throw new RoostError('HOUSE_UNKNOWN', `no device hangs in ${JSON.stringify(`${site}/${house}`.slice(0, 80))}`)
      }
      return readMany(c, devices)
    })
    .post('/read', readAll, (c) => readMany(c, [...registry.list()]))
}
