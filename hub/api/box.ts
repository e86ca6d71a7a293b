// GET /api/v1/box: the box itself: its version, where it is reached, and how much room its card has.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { LIMITS } from '../store/retention.ts'
import type { Store } from '../store/store.ts'
import type { BoxDto } from './contract.ts'
import { route } from './openapi/route.ts'

export interface BoxSources {
  clock: Clock
  store: Pick<Store, 'stats' | 'fault'>
  version: string
  box: {
    hostname(): string
    /** Of this moment, without loopback. */
    addresses(): { interface: string; address: string }[]
  }
}

const DAY_MS = 86_400_000

const number = v.number()
const boxShape: v.GenericSchema<BoxDto> = v.strictObject({
  version: v.string(),
  upForMs: number,
  hostname: v.string(),
  addresses: v.array(v.strictObject({ interface: v.string(), address: v.string() })),
  storage: v.strictObject({
    usedBytes: number,
    freeBytes: number,
    oldestMs: v.nullable(number),
    bytesPerDay: v.nullable(number),
    daysLeft: v.nullable(number),
    rawDaysMax: number,
    rollupDaysMax: number,
    fault: v.nullable(v.string()),
  }),
})
const docs = route({ summary: 'The box itself: version, addresses, room on its card', answers: { 200: boxShape } })

export function boxRoutes({ clock, store, version, box }: BoxSources) {
  const startedMs = clock.monotonicMs()
  return new Hono().get('/', docs, (c) =>
    c.json<BoxDto>({
      version,
      upForMs: clock.monotonicMs() - startedMs,
      hostname: box.hostname(),
      addresses: box.addresses(),
      storage: { ...roomOf(store.stats(), clock.wallMs()), fault: store.fault() },
    }),
  )
}

/** How fast the card fills, by all that was kept so far; a farm of less than a day says nothing yet. Pure. */
export function roomOf(
  { bytesOnDisk, freeBytes, oldestMs }: Pick<ReturnType<Store['stats']>, 'bytesOnDisk' | 'freeBytes' | 'oldestMs'>,
  nowMs: number,
): Omit<BoxDto['storage'], 'fault'> {
  const days = oldestMs === null ? 0 : (nowMs - oldestMs) / DAY_MS
  const bytesPerDay = days >= 1 ? bytesOnDisk / days : null
  const room = Math.max(0, Math.min(freeBytes - LIMITS.freeBytesMin, LIMITS.bytesMax - bytesOnDisk))
  return {
    usedBytes: bytesOnDisk,
    freeBytes,
    oldestMs,
    bytesPerDay,
    daysLeft: bytesPerDay ? room / bytesPerDay : null,
    rawDaysMax: LIMITS.rawAgeMaxMs / DAY_MS,
    rollupDaysMax: LIMITS.ageMaxMs / DAY_MS,
  }
}
