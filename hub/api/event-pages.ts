// Events a page at a time, newest first: what is asked for may be rare among many, so the store is read in bounded chunks.
import * as v from 'valibot'
import type { EventKind, Store, StoredEvent } from '../store/store.ts'

const CHUNK_EVENTS = 5_000
/** Beyond this a page ends short, with a cursor: one question must not read a whole card. */
const CHUNKS_MAX = 8

/** Where a page goes on: before the event of that time, `seen` of which were read. */
export interface Cursor {
  tMs: number
  seen: number
}

/** A query parameter `before`: the `next` of the page before. */
export const cursorParam = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}-\d{1,6}$/, 'is no cursor: give the "next" of the page before'),
  v.transform((text): Cursor => {
    const [tMs, seen] = text.split('-').map(Number) as [number, number]
    return { tMs, seen }
  }),
)

export interface PageQuery {
  kind: EventKind
  uid?: string | undefined
  from?: number | undefined
  to?: number | undefined
  before?: Cursor | undefined
  limit: number
}

/** At most `limit` of what `pick` makes of the events (null: not this one), and the cursor of the next page; null when there is none. DISK. */
export async function pageOfEvents<T>(
  store: Pick<Store, 'events'>,
  { kind, uid, from, to, before, limit }: PageQuery,
  pick: (event: StoredEvent) => T | null,
): Promise<{ rows: T[]; next: string | null }> {
  const rows: T[] = []
  let at: Cursor = before ?? { tMs: (to ?? Number.MAX_SAFE_INTEGER) - 1, seen: 0 }
  for (let chunk = 0; chunk < CHUNKS_MAX; chunk++) {
    const events = await store.events({
      kind,
      toMs: at.tMs + 1,
      limit: CHUNK_EVENTS,
      ...(uid === undefined ? {} : { uid }),
      ...(from === undefined ? {} : { fromMs: from }),
    })
    let skip = at.seen
    for (const event of events) {
      if (event.tMs === at.tMs && skip > 0) {
        skip--
        continue
      }
      if (rows.length === limit) return { rows, next: `${at.tMs}-${at.seen}` }
      at = { tMs: event.tMs, seen: event.tMs === at.tMs ? at.seen + 1 : 1 }
      const row = pick(event)
      if (row !== null) rows.push(row)
    }
    if (events.length < CHUNK_EVENTS) return { rows, next: null }
    // A chunk of one millisecond would come again for ever: its rest is passed over.
    if (events[0]?.tMs === events.at(-1)?.tMs) at = { tMs: at.tMs - 1, seen: 0 }
  }
  return { rows, next: `${at.tMs}-${at.seen}` }
}
