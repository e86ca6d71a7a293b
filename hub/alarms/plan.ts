// The call plan: who is called when, how often, and when warnings wait. Data and pure functions.
import * as v from 'valibot'

const MINUTE_MS = 60_000
export const PEOPLE_MAX = 32
const STEPS_MAX = 16
const waitMs = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(24 * 60 * MINUTE_MS))
const clockText = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/))
const personId = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/))

export const personSchema = v.strictObject({
  id: personId,
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64)),
  enabled: v.optional(v.boolean(), true),
  /** In order: the next is tried when one fails. `to`: number or address, '' where the channel itself knows. */
  ways: v.pipe(
    v.array(v.strictObject({ channel: v.string(), to: v.optional(v.pipe(v.string(), v.maxLength(256)), '') })),
    v.maxLength(8),
  ),
})
export type Person = v.InferOutput<typeof personSchema>

export const planSchema = v.pipe(
  v.strictObject({
    people: v.pipe(v.array(personSchema), v.maxLength(PEOPLE_MAX)),
    /** `who`: places in the list of people, from 1, or everybody. */
    steps: v.pipe(
      v.array(
        v.strictObject({
          afterMs: waitMs,
          who: v.union([v.literal('all'), v.array(v.pipe(v.number(), v.integer(), v.minValue(1)))]),
        }),
      ),
      v.minLength(1),
      v.maxLength(STEPS_MAX),
      v.check(
        (steps) => steps.every(({ afterMs }, i) => i === 0 || afterMs > steps[i - 1]!.afterMs),
        'the steps must come one after the other',
      ),
    ),
    /** After the last step, until somebody acknowledges. */
    repeatMs: v.pipe(v.number(), v.integer(), v.minValue(MINUTE_MS), v.maxValue(60 * MINUTE_MS)),
    repeatsMax: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000)),
    /** Somebody saw it, and it is still so after this long: called again. */
    againMs: v.pipe(v.number(), v.integer(), v.minValue(5 * MINUTE_MS), v.maxValue(24 * 60 * MINUTE_MS)),
    /** In the farm's time; warnings wait until it is over. */
    quiet: v.nullable(v.strictObject({ from: clockText, to: clockText })),
  }),
  v.check(({ people }) => new Set(people.map(({ id }) => id)).size === people.length, 'two people have the same id'),
)
export type CallPlan = v.InferOutput<typeof planSchema>

/** domain.md: person 1 at once, person 2 after 5 minutes, all after 10, then every 5; again 30 minutes after acknowledging. */
export const DEFAULT_PLAN: CallPlan = {
  people: [],
  steps: [
    { afterMs: 0, who: [1] },
    { afterMs: 5 * MINUTE_MS, who: [2] },
    { afterMs: 10 * MINUTE_MS, who: 'all' },
  ],
  repeatMs: 5 * MINUTE_MS,
  // Twelve hours: who has not come by then will not come for the next call.
  repeatsMax: 144,
  againMs: 30 * MINUTE_MS,
  quiet: { from: '21:00', to: '06:00' },
}

/** Who can be called. */
const reachable = (plan: CallPlan): Person[] => plan.people.filter(({ enabled, ways }) => enabled && ways.length > 0)

/** Whom step `index` calls; everybody after the last step, and where the step names nobody who is there. */
export function peopleOf(plan: CallPlan, index: number): Person[] {
  const all = reachable(plan)
  const who = plan.steps[index]?.who ?? 'all'
  if (who === 'all') return all
  const named = who.flatMap((place) => plan.people[place - 1] ?? []).filter((person) => all.includes(person))
  return named.length > 0 ? named : all
}

const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

/** True while warnings wait; `minute` of the farm's day. */
export function isQuiet({ quiet }: CallPlan, minute: number): boolean {
  if (!quiet) return false
  const [from, to] = [minuteOf(quiet.from), minuteOf(quiet.to)]
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to
}
