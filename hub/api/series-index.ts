// Which series there are, by device and by id, so that a page and the live stream find names without asking the store again.
import type { SeriesId, Store } from '../store/store.ts'

export interface NamedSeries {
  readonly id: SeriesId
  readonly uid: string
  readonly sensor: string
  unit: string
}

export interface SeriesIndex {
  /** Takes note of a series; true when it is new or its unit changed. */
  note(id: SeriesId, uid: string, sensor: string, unit: string): boolean
  byId(id: SeriesId): NamedSeries | undefined
  find(uid: string, sensor: string): NamedSeries | undefined
  /** The series of a device in the order in which they came. */
  ofDevice(uid: string): Iterable<NamedSeries>
}

/** The index of everything that the store holds already. */
export function createSeriesIndex(store: Pick<Store, 'listSeries'>): SeriesIndex {
  const byId: NamedSeries[] = []
  const byDevice = new Map<string, Map<string, NamedSeries>>()

  function note(id: SeriesId, uid: string, sensor: string, unit: string): boolean {
    const known = byId[id]
    if (known?.unit === unit) return false
    if (known) {
      known.unit = unit
      return true
    }
    const series = { id, uid, sensor, unit }
    byId[id] = series
    const ofDevice = byDevice.get(uid) ?? new Map<string, NamedSeries>()
    byDevice.set(uid, ofDevice.set(sensor, series))
    return true
  }

  for (const { id, uid, sensor, unit } of store.listSeries()) note(id, uid, sensor, unit)
  return {
    note,
    byId: (id) => byId[id],
    find: (uid, sensor) => byDevice.get(uid)?.get(sensor),
    ofDevice: (uid) => byDevice.get(uid)?.values() ?? [],
  }
}
