// What the hub itself knows of a flock's day: water and feed. Nothing stands here where nothing is counted.
import { useEffect, useMemo } from 'preact/hooks'
import type { DailyReport, FlockDto } from '../../../../hub/api/alarm-dto.ts'
import { measureText } from '../../format/measure.ts'
import { createAsked } from '../../models/asked.ts'
import { housePath } from '../../models/house-screen.ts'
import { useApp, useText } from '../../parts/context.ts'

export function DayFlows({ flock: { site, house }, date }: { flock: FlockDto; date: string }) {
  const { ask } = useApp()
  const text = useText()
  const path = `${housePath(`${site}/${house}`)}/report?date=${date}`
  const report = useMemo(() => createAsked<DailyReport>(ask, path), [ask, path])
  useEffect(() => void report.reload(), [report])
  const { value } = report
  if (!value || (value.water.litres === null && value.feed.kg === null)) return null
  const known = [
    value.water.litres !== null && `${text.quantity.water} ${measureText('water', value.water.litres, text)}`,
    value.feed.kg !== null && `${text.quantity.feed} ${measureText('feed', value.feed.kg, text)}`,
  ].filter((part) => part !== false)
  return <p class="panel-note">{text.flocks.counted(text.list(known))}</p>
}
