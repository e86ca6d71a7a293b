// GET and POST /api/v1/clock: what time the hub has, whether it can be believed, and giving it the time when nobody else does.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { TimeStatus } from '../time/authority.ts'
import { CLOCK_SOURCES } from '../time/clock-trust.ts'
import type { ClockDto } from './contract.ts'
import { route } from './openapi/route.ts'

export interface ClockSources {
  time: { status(): TimeStatus; setByStaff(wallMs: number): Promise<TimeStatus> }
}

const BODY = v.strictObject({ tMs: v.pipe(v.number(), v.integer()) })
const clockShape: v.GenericSchema<ClockDto> = v.strictObject({
  nowMs: v.number(),
  source: v.picklist(CLOCK_SOURCES),
  isTrusted: v.boolean(),
  errorMs: v.nullable(v.number()),
  steps: v.number(),
  lastStep: v.nullable(
    v.strictObject({
      atMs: v.number(),
      byMs: v.number(),
    }),
  ),
  isOnOwn: v.boolean(),
})
const look = route({ summary: 'What time the hub has, and how far it is believed', answers: { 200: clockShape } })
const set = route({
  summary: 'Give the hub the time when no time server does',
  body: BODY,
  answers: { 200: clockShape },
  errors: ['CLOCK_KEPT', 'DISK'],
})

const clockView = ({ source, isTrusted, errorMs, steps, lastStep, isOnOwn, wallMs }: TimeStatus): ClockDto => ({
  nowMs: wallMs,
  source,
  isTrusted,
  errorMs: isTrusted ? errorMs : null,
  steps,
  lastStep,
  isOnOwn,
})

export const clockRoutes = ({ time }: ClockSources) =>
  new Hono()
    .get('/', look, (c) => c.json(clockView(time.status())))
    .post('/', set, async (c) => c.json(clockView(await time.setByStaff(c.req.valid('json').tMs))))
