// The replay window of one source of radio frames: a counter is taken once, and not when it is too old to tell. Pure.

/** How far behind the highest counter a late frame is still taken. */
export const REPLAY_WINDOW = 64n
const MASK = (1n << REPLAY_WINDOW) - 1n

export interface ReplayWindow {
  /** The highest counter taken. */
  readonly highest: bigint
  /** Bit n: counter highest − n was taken. */
  readonly taken: bigint
}

/** Nothing was taken yet. */
export const EMPTY_WINDOW: ReplayWindow = { highest: -1n, taken: 0n }

/** The window after `counter` was taken; null when it was taken before or lies below the window: the frame must be refused. */
export function takeCounter(window: ReplayWindow, counter: bigint): ReplayWindow | null {
  const ahead = counter - window.highest
  if (ahead > 0n) {
    const shifted = ahead >= REPLAY_WINDOW ? 0n : (window.taken << ahead) & MASK
    return { highest: counter, taken: shifted | 1n }
  }
  const behind = -ahead
  if (behind >= REPLAY_WINDOW || ((window.taken >> behind) & 1n) === 1n) return null
  return { highest: window.highest, taken: window.taken | (1n << behind) }
}
