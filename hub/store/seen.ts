// Which messages were stored before: per source a window of the latest sequence numbers of its last two boots. Pure memory.

/** Sequence numbers behind the highest that are remembered; an older one counts as new: doubling is better than losing. */
export const WINDOW = 2_048
const BOOTS_MAX = 2

interface BootWindow {
  boot: number
  highest: number
  /** One bit for each of the last WINDOW numbers, by number modulo WINDOW. */
  bits: Uint32Array
}

export interface SeenWindows {
  /** Takes note of a message; false when it was noted before. */
  accept(source: number, boot: number, seq: number): boolean
  /** What was accepted since the last call is durable. */
  settle(): void
  /** What was accepted since the last `settle` was not stored after all. */
  takeBack(): void
  /** All that is remembered, for the head of a new bucket. */
  recent(): Iterable<[source: number, boot: number, seq: number]>
}

export function createSeenWindows(): SeenWindows {
  const windows: BootWindow[][] = []
  let unsettled: [BootWindow, number][] = []

  function windowOf(source: number, boot: number): BootWindow {
    const known = windows[source] ?? []
    windows[source] = known
    let found = known.find((window) => window.boot === boot)
    if (!found) {
      found = { boot, highest: -1, bits: new Uint32Array(WINDOW / 32) }
      known.push(found)
      if (known.length > BOOTS_MAX) known.shift()
    }
    return found
  }
  const isSet = ({ bits }: BootWindow, seq: number) => (bits[(seq % WINDOW) >>> 5]! >>> (seq & 31)) & 1
  const set = ({ bits }: BootWindow, seq: number) => {
    bits[(seq % WINDOW) >>> 5]! |= 1 << (seq & 31)
  }
  const clear = ({ bits }: BootWindow, seq: number) => {
    bits[(seq % WINDOW) >>> 5]! &= ~(1 << (seq & 31))
  }

  return {
    accept(source, boot, seq) {
      const window = windowOf(source, boot)
      if (seq <= window.highest) {
        if (window.highest - seq >= WINDOW) return true
        if (isSet(window, seq)) return false
      } else {
        const from = Math.max(window.highest + 1, seq - WINDOW + 1)
        for (let passed = from; passed < seq; passed++) clear(window, passed)
        window.highest = seq
      }
      set(window, seq)
      unsettled.push([window, seq])
      return true
    },
    settle() {
      unsettled = []
    },
    takeBack() {
      for (const [window, seq] of unsettled) clear(window, seq)
      unsettled = []
    },
    *recent() {
      for (const [source, known] of windows.entries()) {
        for (const window of known ?? []) {
          for (let seq = Math.max(0, window.highest - WINDOW + 1); seq <= window.highest; seq++) {
            if (isSet(window, seq)) yield [source, window.boot, seq]
          }
        }
      }
    },
  }
}
