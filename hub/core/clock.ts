// The clock port: wall time may jump and may be wrong, monotonic time does neither.

/** A timer that has been set; `cancel` is idempotent. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds since the Unix epoch by the machine's clock; it may jump in both directions. */
  wallMs(): number
  /** Milliseconds since an unspecified start; never jumps, never goes back. */
  monotonicMs(): number
  /** Calls `run` once after `delayMs` of monotonic time. Does not keep the process alive. */
  after(delayMs: number, run: () => void): Timer
  /** Calls `run` every `periodMs` of monotonic time, first after one period. Does not keep the process alive. */
  every(periodMs: number, run: () => void): Timer
}
