// What the hub said last about every node and sensor: one signal per device and per value, so that a new value touches one tile.
import { batch, computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { DeviceDto, LiveEvent, ValueDto } from '../../../hub/api/contract.ts'
import { type QuantityId, quantityOf, quantityRank } from '../format/quantity.ts'

export interface SensorModel {
  readonly uid: string
  readonly id: string
  readonly unit: string
  readonly quantity: QuantityId | null
  /** It hangs outside: its values are not those of the house. */
  readonly isOutside: boolean
  readonly latest: Signal<ValueDto | null>
}

/** A device without what changes every few seconds: a new object only when one of these fields changed. */
export interface NodeModel {
  readonly uid: string
  readonly site: string | null
  readonly house: string | null
  readonly node: string | null
  readonly liveness: DeviceDto['liveness']
  readonly sensors: readonly SensorModel[]
  /** The device as it came last. */
  readonly device: Signal<DeviceDto>
}

export interface Farm {
  /** False until the first answer of the hub. */
  readonly isKnown: ReadonlySignal<boolean>
  readonly nodes: ReadonlySignal<readonly NodeModel[]>
  readonly version: ReadonlySignal<string | null>
  node(uid: string): NodeModel | undefined
  apply(event: LiveEvent): void
}

/** The name under which installers hang a node outside; the registry has no field for it yet. */
const OUTSIDE = /^out(side|doors?|er)?\b/

export function createFarm(): Farm {
  const byUid = signal<ReadonlyMap<string, NodeModel>>(new Map())
  const isKnown = signal(false)
  const version = signal<string | null>(null)

  function merge(known: NodeModel | undefined, device: DeviceDto): NodeModel {
    const isOutside = OUTSIDE.test(device.node ?? '')
    const sensors = device.sensors.map((dto): SensorModel => {
      const before = known?.sensors.find((each) => each.id === dto.id)
      const quantity = quantityOf(dto)
      if (!before || before.unit !== dto.unit || before.quantity !== quantity || before.isOutside !== isOutside) {
        return { uid: device.uid, id: dto.id, unit: dto.unit, quantity, isOutside, latest: signal(dto.latest) }
      }
      before.latest.value = dto.latest
      return before
    })
    sensors.sort((a, b) => quantityRank(a.quantity) - quantityRank(b.quantity) || a.id.localeCompare(b.id))
    if (known && isSame(known, device, sensors)) {
      known.device.value = device
      return known
    }
    const signalOfDevice = known?.device ?? signal(device)
    signalOfDevice.value = device
    const { uid, site, house, node, liveness } = device
    return { uid, site, house, node, liveness, sensors, device: signalOfDevice }
  }

  function setDevices(devices: readonly DeviceDto[], isWhole: boolean) {
    const next = new Map(isWhole ? [] : byUid.value)
    for (const device of devices) next.set(device.uid, merge(byUid.value.get(device.uid), device))
    const isChanged = next.size !== byUid.value.size || [...next].some(([uid, node]) => byUid.value.get(uid) !== node)
    if (isChanged) byUid.value = next
  }

  return {
    isKnown,
    version,
    nodes: computed(() => [...byUid.value.values()]),
    node: (uid) => byUid.value.get(uid),
    apply: (event) =>
      batch(() => {
        if (event.type === 'hello') {
          setDevices(event.devices, true)
          version.value = event.version
          isKnown.value = true
        } else if (event.type === 'device') setDevices([event.device], false)
        else if (event.type === 'values') {
          for (const [uid, id, tMs, value, state, flags] of event.s) {
            const sensor = byUid.value.get(uid)?.sensors.find((each) => each.id === id)
            if (sensor) sensor.latest.value = { tMs, value, state, flags }
          }
        }
      }),
  }
}

const isSame = (known: NodeModel, device: DeviceDto, sensors: readonly SensorModel[]) =>
  known.site === device.site &&
  known.house === device.house &&
  known.node === device.node &&
  known.liveness === device.liveness &&
  known.sensors.length === sensors.length &&
  known.sensors.every((each, index) => each === sensors[index])
