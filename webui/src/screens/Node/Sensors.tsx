// Every sensor of a node as a live tile; the chosen one's course stands below. The choice is part of the address.
import { useComputed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { useLocation } from 'preact-iso'
import { nameText } from '../../format/name.ts'
import type { NodeModel, SensorModel } from '../../models/farm.ts'
import { tileReading } from '../../models/overview.ts'
import { useApp, useText } from '../../parts/context.ts'
import { TileValue } from '../../parts/Tile.tsx'
import type { Catalogue } from '../../text/catalogue.ts'
import { Course } from './Course.tsx'

export function Sensors({ node }: { node: NodeModel }) {
  const text = useText()
  const { path, query, route } = useLocation()
  const chosen = node.sensors.find((each) => each.id === query.sensor) ?? node.sensors[0]
  return (
    <>
      <section class="panel" aria-labelledby="sensors">
        <h2 id="sensors">{text.node.sensors}</h2>
        <p class="panel-note">{chosen ? text.node.sensorHint : text.node.noSensors}</p>
        <div class="choices">
          {node.sensors.map((sensor) => (
            <SensorChoice
              key={sensor.id}
              sensor={sensor}
              name={sensorName(sensor, node.sensors, text)}
              isChosen={sensor === chosen}
              onChoose={() => route(`${path}?sensor=${encodeURIComponent(sensor.id)}`, true)}
            />
          ))}
        </div>
      </section>
      {chosen && (
        <Course
          key={chosen.id}
          sensor={chosen}
          name={sensorName(chosen, node.sensors, text)}
          house={node.house === null ? null : `${node.site}/${node.house}`}
        />
      )}
    </>
  )
}

function SensorChoice(props: { sensor: SensorModel; name: string; isChosen: boolean; onChoose: () => void }) {
  const { sensor, name, isChosen, onChoose } = props
  const { clock, stream } = useApp()
  const isConnected = useComputed(() => stream.state.value.kind === 'live')
  const group = useMemo(
    () => ({
      key: sensor.id,
      quantity: sensor.quantity,
      unit: sensor.unit,
      isOutside: sensor.isOutside,
      sensors: [sensor],
    }),
    [sensor],
  )
  const reading = useMemo(() => tileReading(group, clock.nowMs, isConnected), [group, clock, isConnected])
  const kind = useComputed(() => reading.value.kind)
  return (
    <button
      type="button"
      class="tile"
      data-kind={kind}
      data-sensor={sensor.id}
      aria-pressed={isChosen}
      onClick={onChoose}
    >
      <span class="tile-label">{name}</span>
      <TileValue group={group} reading={reading} as="span" />
    </button>
  )
}

/** The quantity; with the sensor's own name where a node measures a quantity twice. */
function sensorName(sensor: SensorModel, all: readonly SensorModel[], text: Catalogue): string {
  if (!sensor.quantity) return nameText(sensor.id)
  const quantity = text.quantity[sensor.quantity]
  const isTwice = all.filter((each) => each.quantity === sensor.quantity).length > 1
  return isTwice ? `${quantity} (${nameText(sensor.id)})` : quantity
}
