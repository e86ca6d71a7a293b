// The newest sample and the first time of each series, as columns by series id.
import { createSampleBlock, type Sample } from '../core/sample.ts'
import { type Columns, META_ABSENT } from './rows.ts'
import type { SeriesId } from './store.ts'

export class Latest {
  #firstMs = new Float64Array(64).fill(Number.NaN)
  #tMs = new Float64Array(64).fill(Number.NaN)
  #value = new Float64Array(64)
  #meta = new Uint32Array(64)

  /** Takes the newest row of a samples record; of equal times the later one wins. */
  see(id: SeriesId, { tMs, value, meta, count }: Columns): void {
    if (id >= this.#tMs.length) this.#grow(id)
    let firstMs = this.#firstMs[id]!
    let newestMs = this.#tMs[id]!
    let newest = -1
    for (let row = 0; row < count; row++) {
      const t = tMs[row]!
      if (!(t >= firstMs)) firstMs = t
      if (t < newestMs) continue
      newestMs = t
      newest = row
    }
    this.#firstMs[id] = firstMs
    if (newest < 0) return
    this.#tMs[id] = newestMs
    this.#value[id] = value[newest]!
    this.#meta[id] = meta[newest]!
  }

  /** A series that began before what is still kept. */
  began(id: SeriesId, firstMs: number): void {
    if (id >= this.#tMs.length) this.#grow(id)
    if (!(firstMs >= this.#firstMs[id]!)) this.#firstMs[id] = firstMs
  }

  /** Knows nothing of a series any more. */
  forget(id: SeriesId): void {
    this.#tMs[id] = Number.NaN
    this.#firstMs[id] = Number.NaN
  }

  /** Knows no longer when a series began. */
  beginAgain(id: SeriesId): void {
    this.#firstMs[id] = Number.NaN
  }

  get(id: SeriesId): Sample | null {
    const tMs = this.#tMs[id]
    if (tMs === undefined || Number.isNaN(tMs)) return null
    const meta = this.#meta[id]!
    return { tMs, value: meta & META_ABSENT ? null : this.#value[id]!, state: meta & 0xff, flags: meta >>> 16 }
  }

  firstMs(id: SeriesId): number | null {
    const firstMs = this.#firstMs[id]
    return firstMs === undefined || Number.isNaN(firstMs) ? null : firstMs
  }

  lastMs(id: SeriesId): number | null {
    const tMs = this.#tMs[id]
    return tMs === undefined || Number.isNaN(tMs) ? null : tMs
  }

  /** The newest sample as a block of one row. */
  asBlock(id: SeriesId) {
    const block = createSampleBlock(1)
    block.count = 1
    block.tMs[0] = this.#tMs[id]!
    block.value[0] = this.#value[id]!
    block.absent[0] = this.#meta[id]! & META_ABSENT ? 1 : 0
    block.state[0] = this.#meta[id]! & 0xff
    block.flags[0] = this.#meta[id]! >>> 16
    return block
  }

  #grow(id: SeriesId): void {
    const capacity = Math.max(id + 1, 2 * this.#tMs.length)
    const [firstMs, tMs, value, meta] = [this.#firstMs, this.#tMs, this.#value, this.#meta]
    this.#firstMs = new Float64Array(capacity).fill(Number.NaN)
    this.#tMs = new Float64Array(capacity).fill(Number.NaN)
    this.#value = new Float64Array(capacity)
    this.#meta = new Uint32Array(capacity)
    this.#firstMs.set(firstMs)
    this.#tMs.set(tMs)
    this.#value.set(value)
    this.#meta.set(meta)
  }
}
