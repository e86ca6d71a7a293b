// What is saved as a file: a house over a stretch of time, made by the hub. Pure.
import type { Stretch } from './charts-window.ts'

export type FileFormat = 'xlsx' | 'csv'

/** The calendar month before the one of `nowMs`, as the reader's calendar has it. */
export function lastMonth(nowMs: number): Stretch {
  const now = new Date(nowMs)
  return {
    fromMs: new Date(now.getFullYear(), now.getMonth() - 1, 1).getTime(),
    toMs: new Date(now.getFullYear(), now.getMonth(), 1).getTime(),
  }
}

/** Where the hub gives the file. */
export function fileUrl(house: string, { fromMs, toMs }: Stretch, format: FileFormat, language: string): string {
  const place = house.split('/').map(encodeURIComponent).join('/')
  const query = new URLSearchParams({
    from: String(Math.max(0, Math.floor(fromMs))),
    to: String(Math.ceil(toMs)),
    format,
    locale: language,
  })
  return `/api/v1/houses/${place}/values?${query}`
}
