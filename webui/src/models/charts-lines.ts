// Which lines a house or a node offers, which of them a chart begins with, and how many it takes. Pure.
import { type QuantityId, quantityRank, quantityRules } from '../format/quantity.ts'
import type { Line } from './charts.ts'
import type { NodeModel, SensorModel } from './farm.ts'

/** More cannot be told apart, on paper and on glass. */
export const LINES_MAX = 6
/** One scale on the left, one on the right. */
export const UNITS_MAX = 2

/** How the lines are called in the reader's language. */
export interface LineNames {
  together(quantity: QuantityId, isOutside: boolean): string
  sensor(sensor: SensorModel, node: NodeModel): string
}

const FIRST: readonly QuantityId[] = ['temperature', 'humidity']

const lineOfSensor = (sensor: SensorModel, name: string): Line => ({
  key: `${sensor.uid}/${sensor.id}`,
  name,
  unit: sensor.unit,
  quantity: sensor.quantity,
  how: 'each',
  sources: [{ uid: sensor.uid, sensor: sensor.id, latest: sensor.latest }],
  startMs: 0,
})

/** Each sensor of these nodes, and what several sensors of one quantity are together. */
export function linesOf(nodes: readonly NodeModel[], names: LineNames): Line[] {
  const groups = new Map<string, SensorModel[]>()
  const single: Line[] = []
  for (const node of nodes) {
    for (const sensor of node.sensors) {
      single.push(lineOfSensor(sensor, names.sensor(sensor, node)))
      if (sensor.quantity === null || quantityRules(sensor.quantity).together === 'each') continue
      const key = `${sensor.quantity}:${sensor.unit}${sensor.isOutside ? ':out' : ''}`
      groups.set(key, [...(groups.get(key) ?? []), sensor])
    }
  }
  const together = [...groups].flatMap(([key, sensors]): Line[] => {
    const { quantity, unit, isOutside } = sensors[0]!
    if (sensors.length < 2 || quantity === null) return []
    return [
      {
        key,
        name: names.together(quantity, isOutside),
        unit,
        quantity,
        how: quantityRules(quantity).together,
        sources: sensors.map(({ uid, id, latest }) => ({ uid, sensor: id, latest })),
        startMs: 0,
      },
    ]
  })
  // What belongs to one quantity stands together, all its sensors first.
  return [...together, ...single].sort((a, b) => quantityRank(a.quantity) - quantityRank(b.quantity))
}

/** What a chart of these lines begins with: how warm and how damp it is inside, else whatever there is. */
export function firstLines(lines: readonly Line[], isOutside: (line: Line) => boolean): Line[] {
  const first = FIRST.flatMap((quantity) => lines.find((line) => line.quantity === quantity && !isOutside(line)) ?? [])
  return first.length > 0 ? first : lines.slice(0, 1)
}

/** The units of these lines, in the order in which they came. */
export const unitsOf = (lines: readonly Line[]): string[] => [...new Set(lines.map(({ unit }) => unit))]

/** Whether one more line still leaves a chart that can be read. */
export const takes = (chosen: readonly Line[], line: Line): boolean =>
  chosen.length < LINES_MAX && unitsOf([...chosen, line]).length <= UNITS_MAX

/** The chosen lines by their keys, as many as a chart takes. */
export function chosenLines(lines: readonly Line[], keys: readonly string[]): Line[] {
  const chosen: Line[] = []
  for (const key of keys) {
    const line = lines.find((each) => each.key === key)
    if (line && !chosen.includes(line) && takes(chosen, line)) chosen.push(line)
  }
  return chosen
}
