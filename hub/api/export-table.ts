// What a house measured as one table: a row for each step of time, three columns for each sensor. Read from the store piece by piece.
import { dayNumber, localTime } from '../climate/age.ts'
import type { RangePoints } from '../store/store.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** The store answers from its roll-ups with steps of 10 min and more. */
export const STEPS_MIN = [1, 10, 60] as const
/** Rows that are made at a time. */
const PIECE_ROWS = 1_008

export interface ExportColumn {
  id: number
  /** `north`: of the node. */
  node: string
  sensor: string
  unit: string
}

export interface TableQuery {
  fromMs: number
  toMs: number
  stepMs: number
}

/** A row: its step's start, then lowest, mean and highest of each column; null where nothing valid was measured. */
export interface TableRow {
  tMs: number
  values: (number | null)[]
}

/** The finest step that keeps a file small enough to be opened on a phone. Minutes. */
export const stepFor = (fromMs: number, toMs: number): (typeof STEPS_MIN)[number] =>
  toMs - fromMs <= 2 * DAY_MS ? 1 : toMs - fromMs <= 62 * DAY_MS ? 10 : 60

/** What measured with 32-bit numbers is not written with the digits of 64. */
const tidy = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(7)) : null)

/** Rows in order of time, a piece at a time; steps in which no column has anything are left out. DISK. */
export async function* tableRows(
  range: (id: number, fromMs: number, toMs: number, points: number) => Promise<RangePoints>,
  columns: readonly ExportColumn[],
  { fromMs, toMs, stepMs }: TableQuery,
): AsyncGenerator<TableRow[]> {
  const firstMs = Math.floor(fromMs / stepMs) * stepMs
  for (let at = firstMs; at < toMs; at += PIECE_ROWS * stepMs) {
    const endMs = Math.min(at + PIECE_ROWS * stepMs, Math.ceil(toMs / stepMs) * stepMs)
    const rows = new Map<number, TableRow>()
    for (const [index, { id }] of columns.entries()) {
      const points = await range(id, at, endMs, Math.round((endMs - at) / stepMs))
      for (let i = 0; i < points.tMs.length; i++) {
        const tMs = points.tMs[i]!
        const row = rows.get(tMs) ?? { tMs, values: Array<number | null>(3 * columns.length).fill(null) }
        row.values.splice(3 * index, 3, tidy(points.min[i]!), tidy(points.mean[i]!), tidy(points.max[i]!))
        rows.set(tMs, row)
      }
    }
    yield [...rows.values()].sort((a, b) => a.tMs - b.tMs)
  }
}

/** Units of the wire as people write them. */
const WRITTEN: Readonly<Record<string, string>> = { Cel: '°C', '%RH': '% RH', '1': '' }

export const tableHead = (
  columns: readonly ExportColumn[],
  { lowest, mean, highest }: Readonly<Record<'lowest' | 'mean' | 'highest', string>>,
): string[] =>
  columns.flatMap(({ node, sensor, unit }) => {
    const written = WRITTEN[unit] ?? unit
    return [lowest, mean, highest].map((what) => `${node} ${sensor} ${what}${written ? ` (${written})` : ''}`)
  })

/** What the farm's calendar and clock show at `tMs`, as the UTC time of a `Date`: spreadsheets know no time zones. */
export function wallTime(tMs: number, timeZone: string): Date {
  const { date, minute } = localTime(tMs, timeZone)
  return new Date(dayNumber(date)! * DAY_MS + minute * MINUTE_MS)
}
