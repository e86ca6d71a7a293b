// What a chart shows, as the address of its page says it, so that a chart can be kept and sent on. Pure.
import { DAY_MS } from './series.ts'

/** `flock`: from its first day on. */
export const RANGES = ['day', 'week', 'month', 'flock', 'year'] as const
export type Range = (typeof RANGES)[number]
export const RANGE_MS: Readonly<Record<Exclude<Range, 'flock'>, number>> = {
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  year: 365 * DAY_MS,
}
export const COMPARED_MAX = 4

export interface ChartPlace {
  /** `site/house`; null: not said. */
  house: string | null
  /** A node instead of a house. */
  node: string | null
  range: Range | null
  /** Keys of lines; null: what a chart begins with. */
  lines: readonly string[] | null
  /** Flocks that are compared instead. */
  flocks: readonly string[]
}

const list = (text: string | undefined) => (text ?? '').split('~').filter(Boolean)

export function placeOf(query: Readonly<Record<string, string>>): ChartPlace {
  const range = RANGES.find((each) => each === query.range) ?? null
  return {
    house: query.house || null,
    node: query.node || null,
    range,
    lines: query.series === undefined ? null : list(query.series),
    flocks: list(query.flocks).slice(0, COMPARED_MAX),
  }
}

export function urlOf({ house, node, range, lines, flocks }: ChartPlace): string {
  const query = new URLSearchParams()
  if (house) query.set('house', house)
  if (node) query.set('node', node)
  if (range) query.set('range', range)
  if (lines) query.set('series', lines.join('~'))
  if (flocks.length > 0) query.set('flocks', flocks.join('~'))
  const text = query.toString().replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%7E', '~')
  return text ? `/charts?${text}` : '/charts'
}
