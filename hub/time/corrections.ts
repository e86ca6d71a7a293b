// Carries out corrections of the hub's clock one after the other, through power cuts: what is not finished stands in a file until it is.
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { errorFields, type Log } from '../core/log.ts'
import { readWhole, replaceFile } from '../core/replace-file.ts'
import type { Store } from '../store/store.ts'
import { encodeCbor } from '../wire/cbor.ts'
import type { ClockCorrection } from './authority.ts'
import { type RestampStore, restamp } from './restamp.ts'

const FILE_MAX_BYTES = 4_096
/** Corrections that wait; a clock that is wrong more often in one run has a fault that no correction mends. */
const PENDING_MAX = 8

/**
 * With the buckets that hold what was placed wrongly: `after` ended when this run of the hub began, or the clock was put right the last time;
 * null when that is not known. `bucketMax` ended when the clock was right again.
 */
type Pending = ClockCorrection & { after?: number | null; bucketMax?: number }

export interface Corrections {
  /** Notes a correction and puts the samples right, after those before it. */
  add(correction: ClockCorrection): void
  /** Resolves when nothing is left to do or to try. */
  settled(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens the corrections in `dir`, which is there, and goes on with what was not finished. */
export async function openCorrections(parts: {
  dir: string
  disk: Disk
  store: RestampStore & Pick<Store, 'appendEvent'>
  clock: Clock
  log: Log
  /** Whether the hub's clock is known to be right, as it starts; one that is only plausible may be corrected yet. */
  isClockProven(): boolean
}): Promise<Corrections> {
  const { store, clock, disk, log } = parts
  const path = join(parts.dir, 'corrections.json')
  let isClosed = false
  const bytes = await readWhole(disk, path, FILE_MAX_BYTES).catch((error) => {
    log.warn('corrections-unreadable', errorFields(error))
    return null
  })
  let pending: Pending[] = parseCorrections(bytes)
  let working: Promise<void> = Promise.resolve()
  const save = () => replaceFile(disk, path, Buffer.from(JSON.stringify(pending)))

  /** What this run writes while its clock is wrong is in a bucket of its own: nothing of an earlier time is taken for wrong. */
  let after: number | null = null
  if (!parts.isClockProven()) {
    after = await store.endBucket().catch((error) => {
      log.warn('bucket-not-ended', errorFields(error))
      return null
    })
  }

  async function carryOut(correction: Pending) {
    if (isClosed) return
    try {
      if (correction.bucketMax === undefined) {
        correction.bucketMax = after = await store.endBucket()
        await save()
      }
      const rows = await restamp(
        store,
        correction,
        { after: correction.after ?? null, bucketMax: correction.bucketMax },
        () => isClosed,
      )
      if (isClosed) return
      log.info('samples-put-right', { byMs: correction.byMs, rows })
      pending = pending.filter((each) => each !== correction)
      await save()
    } catch (error) {
      log.error('samples-not-put-right', { byMs: correction.byMs, ...errorFields(error) })
    }
  }

  const work = (correction: Pending) => {
    working = working.then(() => carryOut(correction))
  }
  for (const correction of pending) work(correction)

  return {
    add(correction) {
      const { sinceMs, untilMs, byMs } = correction
      const body = encodeCbor({ v: 1, event: 'clock-corrected', since: sinceMs, until: untilMs, by: byMs })
      store.appendEvent({ tMs: clock.wallMs(), kind: 'hub', uid: '', body })
      if (pending.length >= PENDING_MAX) return
      const noted = { ...correction, after }
      pending = [...pending, noted]
      working = working.then(save).catch((error) => log.error('correction-not-written', errorFields(error)))
      work(noted)
    },
    async settled() {
      for (let before: Promise<void> | null = null; before !== working; ) {
        before = working
        await working
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await working
    },
  }
}

/** What a file says is left to do; nothing when it is missing or broken. */
function parseCorrections(bytes: Uint8Array | null): Pending[] {
  try {
    const found: unknown = bytes ? JSON.parse(Buffer.from(bytes).toString('utf8')) : []
    if (!Array.isArray(found)) return []
    return found.filter(({ sinceMs, untilMs, byMs }) => [sinceMs, untilMs, byMs].every(Number.isFinite))
  } catch {
    return []
  }
}
