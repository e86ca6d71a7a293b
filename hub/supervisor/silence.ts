// Devices of the other families (wire/family.ts): they have no heartbeat that all share, so any message is life and each has its own time
// after which its silence counts (R-SUP-03). Pure memory on the monotonic clock; open-others.ts keeps it over restarts and tells what changed.
import type { Family } from '../wire/family.ts'
import { RESTART_GRACE_MS } from './liveness.ts'

export const SILENT_AFTER_MS = 60_000
export const SILENT_AFTER_MIN_MS = 10_000
export const SILENT_AFTER_MAX_MS = 7 * 86_400_000
/** Whoever reaches the plain listener can make up names: the device that is silent longest makes room. */
export const OTHERS_MAX = 2_000

/** `waiting`: not heard since the hub started, and nobody is declared silent because the hub was away. */
export const SILENCE = ['live', 'waiting', 'silent'] as const
export type Silence = (typeof SILENCE)[number]

/** What is known of a device's life; `lastHeardMs` is monotonic, null when it was not heard in this run. */
export interface OtherVital {
  lastHeardMs: number | null
  /** It was silent when the hub last stopped. */
  wasSilent: boolean
  silentAfterMs: number
}

/** How a device stands at `nowMs`, for a hub that started at `startedMs`. */
export function silenceAt(
  { lastHeardMs, wasSilent, silentAfterMs }: OtherVital,
  startedMs: number,
  nowMs: number,
): Silence {
  if (lastHeardMs !== null) return nowMs - lastHeardMs > silentAfterMs ? 'silent' : 'live'
  if (wasSilent) return 'silent'
  return nowMs - startedMs > Math.max(RESTART_GRACE_MS, silentAfterMs) ? 'silent' : 'waiting'
}

export interface Other extends Readonly<OtherVital> {
  readonly key: string
  readonly family: Family
  /** What staff call it; null: its key. */
  readonly name: string | null
  readonly silence: Silence
}

/** A change that is worth telling: `device-back` only of one that was silent. */
export interface SilenceChange {
  kind: 'device-silent' | 'device-back'
  device: Other
}

export interface Silences {
  /** A device that was known before the hub started; in the order in which they were heard, the longest silent first. */
  know(device: { key: string; family: Family; name: string | null; wasSilent: boolean; silentAfterMs: number }): void
  /** A message came. `isNew` when nobody knew the device; it is null when there is no room, because nobody known is silent. */
  heard(from: { key: string; family: Family }, nowMs: number): { isNew: boolean; change: SilenceChange | null } | null
  /** What changed as time passed; called every second or so. */
  sweep(nowMs: number): SilenceChange[]
  get(key: string): Other | undefined
  /** The one that was heard least lately first. */
  list(): IterableIterator<Other>
  /** Changes what staff decide; false when nobody knows the device. */
  set(key: string, wish: { name?: string | null; silentAfterMs?: number }, nowMs: number): boolean
  /** False when nobody knew it. */
  forget(key: string): boolean
}

type Entry = { -readonly [K in keyof Other]: Other[K] }

/** `forgotten` hears of each device that is no longer known. */
export function createSilences(startedMs: number, forgotten: (key: string) => void): Silences {
  /** Whoever is heard goes to the end: the first is silent longest. */
  const entries = new Map<string, Entry>()

  /** Makes room by forgetting the one that is silent longest; false when all are there. */
  function makeRoom(): boolean {
    if (entries.size < OTHERS_MAX) return true
    for (const { key, silence } of entries.values()) {
      if (silence === 'live') continue
      if (silence === 'silent') return forget(key)
    }
    return false
  }

  function forget(key: string): boolean {
    const isKnown = entries.delete(key)
    if (isKnown) forgotten(key)
    return isKnown
  }

  function judge(entry: Entry, nowMs: number): SilenceChange | null {
    const before = entry.silence
    entry.silence = silenceAt(entry, startedMs, nowMs)
    if (entry.silence === before) return null
    if (entry.silence === 'silent') return { kind: 'device-silent', device: entry }
    return before === 'silent' ? { kind: 'device-back', device: entry } : null
  }

  return {
    know({ wasSilent, ...device }) {
      if (entries.size >= OTHERS_MAX) return
      const entry: Entry = { ...device, wasSilent, lastHeardMs: null, silence: wasSilent ? 'silent' : 'waiting' }
      entries.set(entry.key, entry)
    },
    heard({ key, family }, nowMs) {
      const known = entries.get(key)
      if (known) {
        entries.delete(key)
        entries.set(key, known)
        known.lastHeardMs = nowMs
        return { isNew: false, change: known.silence === 'live' ? null : judge(known, nowMs) }
      }
      if (!makeRoom()) return null
      const vital = { lastHeardMs: nowMs, wasSilent: false, silentAfterMs: SILENT_AFTER_MS }
      entries.set(key, { key, family, name: null, silence: 'live', ...vital })
      return { isNew: true, change: null }
    },
    sweep: (nowMs) => [...entries.values()].flatMap((entry) => judge(entry, nowMs) ?? []),
    get: (key) => entries.get(key),
    list: () => entries.values(),
    set(key, wish, nowMs) {
      const entry = entries.get(key)
      if (!entry) return false
      if (wish.name !== undefined) entry.name = wish.name
      if (wish.silentAfterMs !== undefined) entry.silentAfterMs = wish.silentAfterMs
      // What staff decide is no news of the device: it is not told as an outage or a return.
      judge(entry, nowMs)
      return true
    },
    forget,
  }
}
