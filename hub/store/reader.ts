// What the store is asked: ranges, samples, events, and reading on from a cursor. Looks at what is in memory and what is sealed, and looks
// again when files are merged or given up under its feet.
import type { Disk } from '../core/disk.ts'
import { readOn } from './cursor.ts'
import { type EventQuery, isAsked, readEvents } from './events.ts'
import { pathOf } from './files.ts'
import type { FullLog } from './log-writer.ts'
import { type OnDamage, queryRange, querySamples, type View } from './query.ts'
import type { Sealed } from './sealed.ts'
import type { Store, StoredEvent } from './store.ts'

/** Files that are merged under a query's feet make it begin again, so often: a chart with a hole would not be true. */
const TRIES = 25

interface ReaderSources {
  disk: Disk
  dir: string
  sealed: Sealed
  view(): View
  /** Logs that are not sealed, oldest first. */
  logs(): readonly FullLog[]
  onDamage: OnDamage
}

export type Reader = Pick<Store, 'range' | 'samples' | 'readOn' | 'events'>

export function createReader({ disk, dir, sealed, view, logs, onDamage }: ReaderSources): Reader {
  async function eventsOf(path: string): Promise<StoredEvent[]> {
    try {
      return await readEvents(disk, path, onDamage)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [] // given up meanwhile
      throw error
    }
  }
  return {
    async range(series, fromMs, toMs, points) {
      for (let tries = 1; ; tries++) {
        let isAgain = false
        const onGone = () => {
          isAgain = true // its roll-ups are in another file now
        }
        const found = await queryRange(view(), series, fromMs, toMs, points, { onDamage, onGone })
        if (!isAgain || tries === TRIES) return found
      }
    },
    samples(series, fromMs, toMs, written) {
      const now = view()
      // What is being put right may be forgotten already, up to a crash; what was put right before is not again.
      const forgotten = now.forgotten.filter(({ bucketMax }) => bucketMax !== written?.upTo)
      return querySamples({ ...now, forgotten }, series, fromMs, toMs, onDamage, {
        after: written?.after ?? 0,
        upTo: written?.upTo ?? Number.POSITIVE_INFINITY,
      })
    },
    async readOn(cursor, samplesMax) {
      for (let tries = 1; ; tries++) {
        const open = logs().map(({ number, sizeBytes }) => ({ number, path: pathOf(dir, 'log', number), sizeBytes }))
        try {
          const readable = { ...sealed.readable(), logs: open, forgotten: view().forgotten }
          return await readOn(disk, readable, cursor, samplesMax, onDamage)
        } catch (error) {
          // Sealed or given up under the reader: it looks again.
          if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === TRIES) throw error
        }
      }
    },
    async events({ limit, ...query }: EventQuery & { limit: number }) {
      const found: StoredEvent[] = []
      for (const { events } of logs().toReversed()) events.find(query, found)
      for (const path of sealed.eventPaths(filesOf(query.kind))) {
        if (found.length >= limit) break
        for (const event of await eventsOf(path)) if (isAsked(event, query)) found.push(event)
      }
      return found.sort((a, b) => b.tMs - a.tMs).slice(0, limit)
    },
  }
}

/** Heartbeats, of which there are many, lie in files of their own. */
function filesOf(kind: EventQuery['kind']): readonly ('events' | 'beats')[] {
  if (kind === undefined) return ['events', 'beats']
  return kind === 'heartbeat' ? ['beats'] : ['events']
}
