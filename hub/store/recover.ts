// What a log's checkpoint says again is also in what is sealed, if less handy: this reads it there when a frame of a log is damaged.
import { createSampleBlock, type SampleBlock } from '../core/sample.ts'
import { decodeBlock, ROWS_MAX } from './codec/block.ts'
import type { Damage } from './frame.ts'
import type { Latest } from './latest.ts'
import { visitRecords } from './record.ts'
import { type Columns, metaOf } from './rows.ts'
import type { SeriesId } from './store.ts'
import type { TableFile } from './table-file.ts'

/** The names of all series that sealed files know, one call for each; `known` are passed over, and of two units the newer one counts. */
export async function recoverNames(
  readNames: (visit: (records: Buffer) => void) => Promise<void>,
  known: (id: SeriesId) => boolean,
  found: (id: SeriesId, uid: string, sensor: string, unit: string) => void,
): Promise<void> {
  const names = new Map<SeriesId, [uid: string, sensor: string, unit: string]>()
  await readNames((records) => {
    visitRecords(records, { series: (id, uid, sensor, unit) => void names.set(id, [uid, sensor, unit]) })
  })
  for (const [id, name] of names) if (!known(id)) found(id, ...name)
}

/**
 * Gives `latest` the newest sealed sample and the first time of each of `series`. Reads an entry of a file for each series until it is
 * found, from the newest bucket down and from the oldest up: late data in the newest bucket makes the value that is found an older one.
 */
export async function recoverLatest(
  raws: readonly TableFile[],
  series: readonly SeriesId[],
  latest: Latest,
  onDamage: (damage: Damage) => void,
): Promise<void> {
  const scratch = createSampleBlock(ROWS_MAX)
  for (const id of series) {
    for (const file of raws.toReversed()) {
      const bad = (offsetBytes: number, reason: string) => onDamage({ file: file.path, offsetBytes, reason })
      const entry = await file.entry(0, id, bad)
      if (!entry) continue
      if (entry.lastMs <= (latest.lastMs(id) ?? Number.NEGATIVE_INFINITY)) break
      const [body] = (await file.blocks(entry, bad, entry.lastMs)).slice(-1)
      if (!body || decodeBlock(body, scratch)) continue
      latest.see(id, lastRowOf(scratch))
      break
    }
    for (const file of raws) {
      const entry = await file.entry(0, id, () => {})
      if (!entry) continue
      latest.began(id, entry.firstMs)
      break
    }
  }
}

/** The last row of a block as columns. */
export function lastRowOf(block: SampleBlock): Columns {
  const { count, tMs, value } = block
  const row = count - 1
  return {
    count: 1,
    tMs: tMs.slice(row, count),
    value: value.slice(row, count),
    meta: Uint32Array.of(metaOf(block, row)),
  }
}
