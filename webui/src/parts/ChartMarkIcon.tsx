// What a mark on a chart is of: shapes differ, so that colour is never the only sign.
import type { ChartMark } from '../models/charts-marks.ts'

const SHAPE: Readonly<Record<ChartMark['kind'], string>> = {
  critical: 'M8 1.5 15 14H1Z',
  warning: 'M8 1.5 14.5 8 8 14.5 1.5 8Z',
  note: 'M3 2h10v9H8.5L5.5 14v-3H3Z',
}

export const MarkIcon = ({ kind }: { kind: ChartMark['kind'] }) => (
  <svg class="chart-mark-icon" data-kind={kind} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d={SHAPE[kind]} />
  </svg>
)
