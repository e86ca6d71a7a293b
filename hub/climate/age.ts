// Days as a farm counts them: calendar days of its time zone. Pure.

const DAY_MS = 86_400_000
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const formats = new Map<string, Intl.DateTimeFormat>()

/** True for a name of the IANA database that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  return format
}

export interface LocalTime {
  /** `2026-03-01` */
  date: string
  /** Of the day, 0 … 1439. */
  minute: number
}

/** The last answer: a farm asks for the same minute many times a second, and Intl takes its time. */
let last = { minutes: Number.NaN, timeZone: '', local: { date: '', minute: 0 } }

/** What the farm's calendar and clock show at `wallMs`. */
export function localTime(wallMs: number, timeZone: string): LocalTime {
  // Time zones differ by whole minutes.
  const minutes = Math.floor(wallMs / 60_000)
  if (minutes !== last.minutes || timeZone !== last.timeZone) {
    last = { minutes, timeZone, local: lookUp(wallMs, timeZone) }
  }
  return last.local
}

function lookUp(wallMs: number, timeZone: string): LocalTime {
  const part: Record<string, string> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(wallMs)) part[type] = value
  return { date: `${part.year}-${part.month}-${part.day}`, minute: Number(part.hour) * 60 + Number(part.minute) }
}

/** Days since 1970 of a date; null when it is none (2026-02-30). */
export function dayNumber(date: string): number | null {
  const match = DATE.exec(date)
  if (!match) return null
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))
  return new Date(ms).toISOString().slice(0, 10) === date ? ms / DAY_MS : null
}

/** The date `days` after another. */
export const dateAfter = (date: string, days: number): string =>
  new Date((dayNumber(date)! + days) * DAY_MS).toISOString().slice(0, 10)

/** Age in days on the calendar day of `wallMs`; the day of placement is 0, the day before −1. */
export const dayOfAge = (placedOn: string, wallMs: number, timeZone: string): number =>
  dayNumber(localTime(wallMs, timeZone).date)! - dayNumber(placedOn)!

/** The same with the part of the day that has gone, so that a set-point glides and does not jump at midnight. */
export function exactAge(placedOn: string, wallMs: number, timeZone: string): number {
  const { date, minute } = localTime(wallMs, timeZone)
  return dayNumber(date)! - dayNumber(placedOn)! + minute / 1_440
}

/** The wall time at which a calendar day begins in the farm's time zone. */
export function startOfDay(date: string, timeZone: string): number {
  const utcMs = dayNumber(date)! * DAY_MS
  // The offset is looked up where the day begins, and again at the first answer: a change of the clock lies between at most once.
  let ms = utcMs
  for (let i = 0; i < 2; i++) {
    const local = localTime(ms, timeZone)
    const shownMs = dayNumber(local.date)! * DAY_MS + local.minute * 60_000
    ms += utcMs - shownMs
  }
  return ms
}
