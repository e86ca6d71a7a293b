// Flocks side by side on an axis of days of age. Pure.
import { dateAfter, dayNumber } from '../climate/age.ts'
import { targetAt } from '../climate/curve.ts'
import { birdsOn, type Flock } from './flock.ts'

export const COMPARED_MAX = 8
const DAYS_MAX = 600

export interface ComparedDay {
  day: number
  /** One entry for each flock; null where it had no such day. */
  flocks: ({ date: string; targetC: number; dead: number; alive: number; lostPercent: number } | null)[]
}

/** Day by day from placement to each flock's last day, or to `today` for one that is still there. */
export function compareFlocks(flocks: readonly Flock[], today: string): ComparedDay[] {
  const lastDays = flocks.map(({ placedOn, closedOn }) => dayNumber(closedOn ?? today)! - dayNumber(placedOn)!)
  const lastDay = Math.min(DAYS_MAX, Math.max(-1, ...lastDays))
  return Array.from({ length: lastDay + 1 }, (_, day) => ({
    day,
    flocks: flocks.map((flock, index) => {
      if (day > lastDays[index]!) return null
      const date = dateAfter(flock.placedOn, day)
      const { lost, alive } = birdsOn(flock, date)
      const noted = flock.days[date]
      return {
        date,
        targetC: targetAt(flock.curve, day),
        dead: noted ? noted.dead + noted.culled : 0,
        alive,
        lostPercent: flock.count > 0 ? (100 * lost) / flock.count : 0,
      }
    }),
  }))
}
