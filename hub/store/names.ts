// The names of series and message streams and the small numbers that stand for them in the store's files.
import type { RecordBuilder } from './record.ts'
import type { SeriesId, SourceId } from './store.ts'

export interface SeriesName {
  readonly id: SeriesId
  readonly uid: string
  readonly sensor: string
  unit: string
}

interface SourceName {
  readonly id: SourceId
  readonly uid: string
  readonly topic: string
}

/** All names; what is new since the last `cut` is told to the log by `define`. */
export class Names {
  readonly series: (SeriesName | undefined)[] = []
  readonly sources: (SourceName | undefined)[] = []
  readonly #seriesIds = new Map<string, SeriesName>()
  readonly #sourceIds = new Map<string, SourceId>()
  #fresh: (SeriesName | SourceName)[] = []

  /** The id of a series; a new one, or one whose unit changed, is written to the log. */
  seriesId(uid: string, sensor: string, unit: string, log: RecordBuilder): SeriesId {
    const known = this.#seriesIds.get(`${uid}/${sensor}`)
    if (known?.unit === unit) return known.id
    const id = known?.id ?? this.series.length
    this.setSeries(id, uid, sensor, unit)
    this.#fresh.push(this.series[id]!)
    log.series(id, uid, sensor, unit)
    return id
  }

  sourceId(uid: string, topic: string, log: RecordBuilder): SourceId {
    const known = this.#sourceIds.get(`${uid}/${topic}`)
    if (known !== undefined) return known
    const id = this.sources.length
    this.setSource(id, uid, topic)
    this.#fresh.push(this.sources[id]!)
    log.source(id, uid, topic)
    return id
  }

  setSeries(id: SeriesId, uid: string, sensor: string, unit: string): void {
    const known = this.series[id]
    if (known) known.unit = unit
    else {
      const name = { id, uid, sensor, unit }
      this.series[id] = name
      this.#seriesIds.set(`${uid}/${sensor}`, name)
    }
  }

  setSource(id: SourceId, uid: string, topic: string): void {
    this.sources[id] = { id, uid, topic }
    this.#sourceIds.set(`${uid}/${topic}`, id)
  }

  /** These ids are taken, though by whom may be lost: a new name must not inherit what is stored under them. */
  reserveSeries(id: SeriesId): void {
    if (id >= this.series.length) this.series.length = id + 1
  }

  reserveSource(id: SourceId): void {
    if (id >= this.sources.length) this.sources.length = id + 1
  }

  /** What became known since the last call, to be told again when its commit fails. */
  cut(): readonly object[] {
    const fresh = this.#fresh
    this.#fresh = []
    return fresh
  }

  /** Writes names that a failed commit took with it once more. */
  tellAgain(names: readonly object[], log: RecordBuilder): void {
    this.#fresh.push(...(names as readonly (SeriesName | SourceName)[]))
    this.repeat(names, log)
  }

  /** Writes names a second time, into the next commit, so that one damaged frame does not make what is stored under them nameless. */
  repeat(names: readonly object[], log: RecordBuilder): void {
    for (const name of names as readonly (SeriesName | SourceName)[]) {
      if ('sensor' in name) log.series(name.id, name.uid, name.sensor, name.unit)
      else log.source(name.id, name.uid, name.topic)
    }
  }
}
