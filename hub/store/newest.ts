// Newest and first samples after a stretch was forgotten: where one of them is no longer shown, the next one takes its place.
import { isForgotten } from './forgotten.ts'
import type { Latest } from './latest.ts'
import { type OnDamage, querySamples, type View } from './query.ts'
import { lastRowOf } from './recover.ts'
import type { Columns } from './rows.ts'
import type { SeriesId, SeriesInfo } from './store.ts'

const EVER_MS = 1e15

/** Puts `latest` right for `series`, as far as `view` forgets. */
export async function showNewest(
  view: () => View,
  series: readonly SeriesInfo[],
  latest: Latest,
  onDamage: OnDamage,
): Promise<void> {
  const { forgotten } = view()
  for (const { id, firstMs } of forgotten.length > 0 ? series : []) {
    const last = latest.get(id)
    if (last && isForgotten(forgotten, last.tMs, last.flags)) {
      latest.forget(id)
      const newest = await newestShown(view(), id, onDamage)
      if (newest) latest.see(id, newest)
    } else if (firstMs === null || !forgotten.some(({ fromMs, toMs }) => firstMs >= fromMs && firstMs < toMs)) continue
    else latest.beginAgain(id)
    for await (const { tMs } of querySamples(view(), id, -EVER_MS, EVER_MS, onDamage)) {
      latest.began(id, tMs[0]!)
      break
    }
  }
}

/** The newest sample that is shown. */
async function newestShown({ heads, raws, forgotten }: View, id: SeriesId, onDamage: OnDamage) {
  const sources: View[] = [
    { heads, raws: [], rolls: [], forgotten },
    ...raws.toReversed().map((raw) => ({ heads: [], raws: [raw], rolls: [], forgotten })),
  ]
  let newest: Columns | null = null
  // A bucket is read only if it has something newer: late data may lie in any.
  for (const source of sources) {
    const fromMs: number = newest ? newest.tMs[0]! + 1 : -EVER_MS
    for await (const block of querySamples(source, id, fromMs, EVER_MS, onDamage)) newest = lastRowOf(block)
  }
  return newest
}
