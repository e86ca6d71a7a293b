// A flock: which birds came when into which house, how many, what became of them. The document that holds them all, and what follows of it.
import * as v from 'valibot'
import { dayNumber, dayOfAge, exactAge, isTimeZone } from '../climate/age.ts'
import { BIRDS, type Curve, curveFlaw, MARGINS } from '../climate/curve.ts'

/** What a house is used for now; which alarms make sense hangs on it. */
export const MODES = ['empty', 'preheat', 'production', 'catching', 'cleaning'] as const
export type Mode = (typeof MODES)[number]

export const FLOCKS_FORMAT = 1
export const FLOCKS_MAX = 1_000
const BIRDS_MAX = 1_000_000

export const date = v.pipe(
  v.string(),
  v.check((text) => dayNumber(text) !== null, 'is no date like 2026-03-01'),
)
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(BIRDS_MAX))
const kelvin = v.pipe(v.number(), v.minValue(0.5), v.maxValue(15))
export const curveSchema = v.pipe(
  v.array(v.strictObject({ day: v.number(), tempC: v.number() })),
  v.rawCheck(({ dataset, addIssue }) => {
    const flaw = dataset.typed ? curveFlaw(dataset.value) : null
    if (flaw !== null) addIssue({ message: flaw })
  }),
)
export const marginsSchema = v.strictObject({ bandK: kelvin, highK: kelvin, lowK: kelvin, lowYoungK: kelvin })
export const daySchema = v.strictObject({
  dead: count,
  culled: v.optional(count, 0),
  note: v.optional(v.pipe(v.string(), v.maxLength(500)), ''),
})
const placePart = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))
export const timeZoneSchema = v.pipe(v.string(), v.check(isTimeZone, 'is no time zone'))

/** What staff say of a new flock; what they leave out is preset. */
export const placementSchema = v.strictObject({
  site: placePart,
  house: placePart,
  bird: v.picklist(BIRDS),
  name: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(64)), ''),
  placedOn: date,
  count,
  curve: v.exactOptional(curveSchema),
  margins: v.optional(marginsSchema, { ...MARGINS }),
})
export type Placement = v.InferOutput<typeof placementSchema>

/** What may be changed of a flock; the house may not. */
export const changeSchema = v.partial(v.omit(placementSchema, ['site', 'house']))

const flockSchema = v.looseObject({
  ...placementSchema.entries,
  id: v.string(),
  curve: curveSchema,
  margins: marginsSchema,
  /** By date. */
  days: v.record(date, daySchema),
  /** The last day with birds in the house; null while they are there. */
  closedOn: v.nullable(date),
})
export type Flock = v.InferOutput<typeof flockSchema>

/** The report of the day before goes out each morning; null: it does not. */
export const reportPlanSchema = v.nullable(
  v.strictObject({
    at: v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/)),
    ways: v.pipe(
      v.array(
        v.strictObject({ channel: v.pipe(v.string(), v.maxLength(32)), to: v.pipe(v.string(), v.maxLength(256)) }),
      ),
      v.minLength(1),
      v.maxLength(16),
    ),
  }),
)
export type ReportPlan = v.InferOutput<typeof reportPlanSchema>

const documentSchema = v.looseObject({
  timeZone: timeZoneSchema,
  /** A person said it; before, it is a guess that the first phone may correct. */
  isTimeZoneSaid: v.optional(v.boolean(), false),
  reportPlan: v.optional(reportPlanSchema, null),
  /** The last date that was reported. */
  reportedOn: v.optional(v.nullable(date), null),
  nextId: v.number(),
  /** By `site/house`; a house that nobody ever spoke of is not here. */
  houses: v.record(v.string(), v.looseObject({ mode: v.picklist(MODES), sinceMs: v.number() })),
  flocks: v.pipe(v.array(flockSchema), v.maxLength(FLOCKS_MAX)),
})
export type FlocksDocument = v.InferOutput<typeof documentSchema>
/** The document from untyped JSON; throws a ValiError that names the first thing that is wrong. */
export const parseFlocksDocument = (value: unknown): FlocksDocument => v.parse(documentSchema, value)

/** Birds that left on or before `date` (dead and culled), and how many are there still. Pure. */
export function birdsOn(flock: Flock, date: string): { lost: number; alive: number } {
  let lost = 0
  for (const [day, { dead, culled }] of Object.entries(flock.days)) if (day <= date) lost += dead + culled
  return { lost, alive: Math.max(0, flock.count - lost) }
}

/** How a house stands at one moment, as alarms and pages need it. */
export interface HouseNow {
  /** null: nobody ever said; alarms that need no age work as in production. */
  mode: Mode | null
  flock: Flock | null
  /** Whole days of age; null without a flock. */
  day: number | null
  /** With the part of the day that has gone. */
  age: number | null
  curve: Curve | null
}

/** A house at `wallMs`: pre-heating ends by itself when the birds' day has come. Pure. */
export function houseAt(stored: Mode | null, flock: Flock | null, wallMs: number, timeZone: string): HouseNow {
  if (!flock) return { mode: stored, flock: null, day: null, age: null, curve: null }
  const day = dayOfAge(flock.placedOn, wallMs, timeZone)
  const mode = stored === 'preheat' && day >= 0 ? 'production' : stored
  return { mode, flock, day, age: exactAge(flock.placedOn, wallMs, timeZone), curve: flock.curve }
}
