// The farm's CA over the admin socket; `roost ca …` asks.
//   POST /ca {"do": "status"} · {"do": "roll", "days"?} · {"do": "end"} → CaStatus
import * as v from 'valibot'
import { RoostError } from './core/errors.ts'
import { type CaStatus, type Pki, ROLL_DAYS, ROLL_DAYS_MAX } from './pki/pki.ts'

const DAY_MS = 86_400_000
/** Days until the old CA goes. */
export const rollDays = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ROLL_DAYS_MAX)), ROLL_DAYS)
const requestSchema = v.variant('do', [
  v.strictObject({ do: v.literal('status') }),
  v.strictObject({ do: v.literal('roll'), days: rollDays }),
  v.strictObject({ do: v.literal('end') }),
])
export type CaRequest = v.InferInput<typeof requestSchema>
export type CaOffice = Pick<Pki, 'ca' | 'roll' | 'endRoll'>

/** Does what a request asks for, text or not; how the CA then stands. BAD_REQUEST, BUSY, DISK. */
export async function doCaRequest(pki: CaOffice, nowMs: number, request: unknown): Promise<CaStatus> {
  let value = request
  try {
    if (typeof request === 'string') value = JSON.parse(request)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the request is no JSON', { cause })
  }
  const parsed = v.safeParse(requestSchema, value)
  if (!parsed.success) throw new RoostError('BAD_REQUEST', `the request cannot be used: ${parsed.issues[0].message}`)
  if (parsed.output.do === 'roll') await pki.roll(nowMs + parsed.output.days * DAY_MS)
  if (parsed.output.do === 'end') await pki.endRoll()
  return pki.ca()
}
