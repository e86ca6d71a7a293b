// Which messages were stored before: per source a window of the latest sequence numbers of its last two boots. Pure memory.

/** Sequence numbers behind the highest that are remembered; an older one counts as new: doubling is better than losing. */
export const WINDOW = 2_048
const BOOTS_MAX = 2

export interface BootWindow {
  boot: number
  highest: number
  /** One bit for each of the last WINDOW numbers, by number modulo WINDOW. */
  bits: Uint32Array
}

/** Messages that were accepted and are not durable yet. */
export type Unsettled = [BootWindow, number][]

export interface SeenWindows {
  /** Takes note of a message; false when it was noted before. */
  accept(source: number, boot: number, seq: number): boolean
  /** What was accepted since the last call; kept until its commit is over. */
  cut(): Unsettled
  /** What was accepted was not stored after all: it counts as new again. */
  takeBack(unsettled: Unsettled): void
  /**
   * All that is durable, so without `inFlight` and what came since: for each window the lengths of its runs, from the highest
   * number down, alternately seen and not.
   */
  windows(inFlight: Unsettled): Iterable<{ source: number; boot: number; highest: number; runs: number[] }>
  /** Puts a window back as `windows` told it. */
  restore(source: number, boot: number, highest: number, runs: readonly number[]): void
}

export function createSeenWindows(): SeenWindows {
  const bySource: BootWindow[][] = []
  let unsettled: Unsettled = []

  function windowOf(source: number, boot: number): BootWindow {
    const known = bySource[source] ?? []
    bySource[source] = known
    let found = known.find((window) => window.boot === boot)
    if (!found) {
      found = { boot, highest: -1, bits: new Uint32Array(WINDOW / 32) }
      known.push(found)
      if (known.length > BOOTS_MAX) known.shift()
    }
    return found
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
    cut() {
      const cut = unsettled
      unsettled = []
      return cut
    },
    takeBack(list) {
      for (const [window, seq] of list) if (window.highest - seq < WINDOW) clear(window, seq)
    },
    *windows(inFlight) {
      const durable = new Map<BootWindow, BootWindow>()
      for (const [window, seq] of [...inFlight, ...unsettled]) {
        if (!durable.has(window)) durable.set(window, { ...window, bits: window.bits.slice() })
        if (window.highest - seq < WINDOW) clear(durable.get(window)!, seq)
      }
      for (const [source, known] of bySource.entries()) {
        for (const window of known ?? []) {
          yield { source, boot: window.boot, highest: window.highest, runs: runsOf(durable.get(window) ?? window) }
        }
      }
    },
    restore(source, boot, highest, runs) {
      const window = windowOf(source, boot)
      window.highest = highest
      window.bits.fill(0)
      let seq = highest
      for (const [i, run] of runs.entries()) {
        for (let left = run; left > 0 && seq >= 0 && highest - seq < WINDOW; left--, seq--)
          if (i % 2 === 0) set(window, seq)
      }
    },
  }
}

const isSet = ({ bits }: BootWindow, seq: number): boolean => ((bits[(seq % WINDOW) >>> 5]! >>> (seq & 31)) & 1) === 1
const set = ({ bits }: BootWindow, seq: number) => {
  bits[(seq % WINDOW) >>> 5]! |= 1 << (seq & 31)
}
const clear = ({ bits }: BootWindow, seq: number) => {
  bits[(seq % WINDOW) >>> 5]! &= ~(1 << (seq & 31))
}

function runsOf(window: BootWindow): number[] {
  const runs: number[] = []
  let isSeen = true
  let run = 0
  for (let seq = window.highest; seq >= 0 && window.highest - seq < WINDOW; seq--) {
    if (isSet(window, seq) === isSeen) run++
    else {
      runs.push(run)
      isSeen = !isSeen
      run = 1
    }
  }
  if (isSeen) runs.push(run) // what is not seen at the end need not be told
  return runs
}
