// One house as its page shows it: what the hub knows beside the live values, and what it is used for.
import type { DailyReport, HouseDto, Limits, Mode } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'
import type { Reading } from './reading.ts'

export const MODES = ['empty', 'preheat', 'production', 'catching', 'cleaning'] as const satisfies readonly Mode[]

export interface HouseScreen extends Wishes {
  readonly house: Asked<HouseDto>
  /** Today so far. */
  readonly today: Asked<DailyReport>
  reload(): Promise<void>
  setMode(mode: Mode): Promise<void>
}

export const housePath = (key: string): string => `/houses/${key.split('/').map(encodeURIComponent).join('/')}`

export function createHouseScreen(ask: Ask, key: string): HouseScreen {
  const path = housePath(key)
  const house = createAsked<HouseDto>(ask, path)
  const today = createAsked<DailyReport>(ask, `${path}/report`)
  const wishes = createWishes(ask)
  return {
    ...wishes,
    house,
    today,
    async reload() {
      await Promise.all([house.reload(), today.reload()])
    },
    async setMode(mode) {
      const answer = await wishes.send<HouseDto>('PUT', `${path}/mode`, { mode })
      if (answer !== null && answer !== true) house.set(answer)
    },
  }
}

/** The limits at which there would be an alarm now; a side that nobody watches has none. Pure. */
export const alarmingOf = (limits: Limits, { below, above }: HouseDto['watched']): Limits => ({
  ...limits,
  lowC: below ? limits.lowC : Number.NEGATIVE_INFINITY,
  highC: above ? limits.highC : Number.POSITIVE_INFINITY,
})

/** What is off by more than this is not where it was sent (domain.md: window command not reached). */
const APART_PERCENT = 10

/** Where the window stands that was sent somewhere, when a live sensor says so and it is not there; else null. Pure. */
export function apartOf(wishedPercent: number, reading: Pick<Reading, 'kind' | 'value'> | null): number | null {
  if (reading?.kind !== 'live' || reading.value === null) return null
  return Math.abs(reading.value - wishedPercent) > APART_PERCENT ? reading.value : null
}

/** How a temperature stands to the day's target: what the bar shows, said in words. Pure. */
export function standingOf(
  tempC: number,
  { bandLowC, bandHighC, lowC, highC }: Omit<Limits, 'targetC'>,
): { side: 'right' | 'colder' | 'warmer'; byK: number; isBeyond: boolean } {
  if (tempC < bandLowC) return { side: 'colder', byK: bandLowC - tempC, isBeyond: tempC < lowC }
  if (tempC > bandHighC) return { side: 'warmer', byK: tempC - bandHighC, isBeyond: tempC > highC }
  return { side: 'right', byK: 0, isBeyond: false }
}

/** Where a value stands in its band, for the bar below the number: parts of its width from 0 to 1. Pure. */
export function placeInBand(
  value: number,
  { lowC, bandLowC, bandHighC, highC }: Omit<Limits, 'targetC'>,
): { at: number; bandFrom: number; bandTo: number } {
  // A little is seen beyond both limits.
  const marginC = (highC - lowC) * 0.15
  const part = (c: number) => Math.min(1, Math.max(0, (c - lowC + marginC) / (highC - lowC + 2 * marginC)))
  return { at: part(value), bandFrom: part(bandLowC), bandTo: part(bandHighC) }
}
