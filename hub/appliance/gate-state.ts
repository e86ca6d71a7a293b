// Whether a system on trial has proved itself: pure, so that every order of good and bad looks can be tried.

/** So long without a break everything must be good. */
export const GOOD_FOR_MS = 60_000
/** A system that has not begun its good minute by then is left. */
export const LIMIT_MS = 10 * 60_000

export interface GateState {
  /** On the monotonic clock. */
  beganMs: number
  goodSinceMs: number | null
}

export type Verdict = 'good' | 'wait' | 'failed'

export const beginGate = (nowMs: number): GateState => ({ beganMs: nowMs, goodSinceMs: null })

/** The state after a look, and what it means: `good` after an unbroken good minute, `failed` when none was begun in time. */
export function judgeLook(
  { beganMs, goodSinceMs }: GateState,
  isGood: boolean,
  nowMs: number,
): { state: GateState; verdict: Verdict } {
  if (!isGood) {
    return { state: { beganMs, goodSinceMs: null }, verdict: nowMs - beganMs >= LIMIT_MS ? 'failed' : 'wait' }
  }
  const since = goodSinceMs ?? nowMs
  return { state: { beganMs, goodSinceMs: since }, verdict: nowMs - since >= GOOD_FOR_MS ? 'good' : 'wait' }
}
