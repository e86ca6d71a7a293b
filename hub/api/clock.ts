// GET and POST /api/v1/clock: what time the hub has, whether it can be believed, and giving it the time when nobody else does.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { TimeStatus } from '../time/authority.ts'
import type { ClockDto } from './contract.ts'
import { parseBody } from './request.ts'

export interface ClockSources {
  time: { status(): TimeStatus; setByStaff(wallMs: number): Promise<TimeStatus> }
}

const BODY = v.strictObject({ tMs: v.pipe(v.number(), v.integer()) })

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
    .get('/', (c) => c.json(clockView(time.status())))
    .post('/', async (c) => c.json(clockView(await time.setByStaff((await parseBody(c, BODY)).tMs))))
