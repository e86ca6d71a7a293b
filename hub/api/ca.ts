// The farm's CA: GET /api/v1/ca, POST /api/v1/ca/roll, POST /api/v1/ca/end.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { type CaStatus, ROLL_DAYS, ROLL_DAYS_MAX } from '../pki/pki.ts'
import type { CaDto } from './contract.ts'
import { route } from './openapi/route.ts'

const DAY_MS = 86_400_000
export const rollSchema = v.strictObject({
  /** Until the old CA goes, whoever is left. */
  days: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ROLL_DAYS_MAX)), ROLL_DAYS),
})

export interface CaSources {
  clock: Clock
  certificates: { ca(): CaStatus; roll(deadlineMs: number): Promise<void>; endRoll(): Promise<readonly string[]> }
}

const caShape: v.GenericSchema<CaDto> = v.strictObject({
  subject: v.string(),
  sha256: v.string(),
  notAfterMs: v.number(),
  roll: v.nullable(
    v.strictObject({
      startedMs: v.number(),
      deadlineMs: v.number(),
      sha256: v.string(),
      notAfterMs: v.number(),
      moved: v.number(),
      left: v.array(v.string()),
    }),
  ),
})
const docs = {
  ca: route({ summary: 'The CA that signs the nodes’ certificates', answers: { 200: caShape } }),
  roll: route({
    summary: 'Make a new CA; nodes move to it by themselves until the old one goes',
    body: rollSchema,
    answers: { 201: caShape },
    errors: ['BAD_REQUEST', 'DISK'],
  }),
  end: route({
    summary: 'Drop the old CA now, whoever is left',
    answers: { 200: caShape },
    errors: ['BAD_REQUEST', 'DISK'],
  }),
}

const view = ({ subject, sha256, notAfterMs, roll }: CaStatus): CaDto => ({
  subject,
  sha256,
  notAfterMs,
  roll: roll && {
    ...roll,
    moved: roll.moved.length,
    left: [...roll.left],
  },
})

export function caRoutes({ clock, certificates }: CaSources) {
  return new Hono()
    .get('/', docs.ca, (c) => c.json<CaDto>(view(certificates.ca())))
    .post('/roll', docs.roll, async (c) => {
      const { days } = c.req.valid('json')
      await certificates.roll(clock.wallMs() + days * DAY_MS)
      return c.json<CaDto>(view(certificates.ca()), 201)
    })
    .post('/end', docs.end, async (c) => {
      await certificates.endRoll()
      return c.json<CaDto>(view(certificates.ca()))
    })
}
