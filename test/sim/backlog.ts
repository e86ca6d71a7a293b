// Store-and-forward of a simulated node: messages in order until each is acknowledged, the oldest dropped when there is no more room. Pure data.

export interface Queued<T> {
  readonly id: number
  readonly message: T
}

export interface Backlog<T> {
  push(message: T): void
  /** The oldest message that is not in flight, now in flight; null when there is none or `windowMax` are in flight. */
  take(windowMax: number): Queued<T> | null
  /** It is on the hub's card. */
  acknowledged(id: number): void
  /** The connection is gone: what was in flight goes again, oldest first. */
  lostLink(): void
  /** Changes messages that wait, in flight or not. */
  map(change: (message: T) => T | null): void
  readonly length: number
  /** Messages dropped for want of room. */
  readonly dropped: number
}

export function createBacklog<T>(lengthMax: number): Backlog<T> {
  let entries: { id: number; message: T; isInFlight: boolean }[] = []
  let nextId = 1
  let dropped = 0
  let inFlight = 0
  return {
    push(message) {
      if (entries.length >= lengthMax) {
        const [oldest] = entries.splice(0, 1)
        if (oldest?.isInFlight) inFlight--
        dropped++
      }
      entries.push({ id: nextId++, message, isInFlight: false })
    },
    take(windowMax) {
      if (inFlight >= windowMax) return null
      const entry = entries.find((each) => !each.isInFlight)
      if (!entry) return null
      entry.isInFlight = true
      inFlight++
      return entry
    },
    acknowledged(id) {
      const at = entries.findIndex((each) => each.id === id)
      if (at < 0) return
      if (entries[at]!.isInFlight) inFlight--
      entries.splice(at, 1)
    },
    lostLink() {
      for (const entry of entries) entry.isInFlight = false
      inFlight = 0
    },
    map(change) {
      entries = entries.flatMap((entry) => {
        const message = change(entry.message)
        if (message !== null) return [{ ...entry, message }]
        if (entry.isInFlight) inFlight--
        dropped++
        return []
      })
    },
    get length() {
      return entries.length
    },
    get dropped() {
      return dropped
    },
  }
}

/** How long a node waits before attempt `attempt` (from 0): doubled from 1 s to 30 s, half of it by chance. */
export function backoffMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(30_000, 1_000 * 2 ** Math.min(attempt, 10))
  return ceilingMs / 2 + (random() * ceilingMs) / 2
}
